import { topologyOf } from '../../src/bloodbank/topology.ts';
import { publicPrefix } from '../../src/events/catalogue.ts';
import { connectEventStore } from '../../src/events/esdb-event-store.ts';
import { randomFrom } from '../support/random.ts';
import { Audit } from './audit.ts';
import { flawsInChain } from './chain.ts';
import type { Fault, Shares } from './faults.ts';
import { runGremlins } from './gremlins.ts';
import { Ledger } from './ledger.ts';
import { runLoad } from './load.ts';
import { reckon } from './outcomes.ts';
import { ReadSide } from './read-side.ts';
import { settle } from './settle.ts';
import { exchange, type Layout, startStand } from './stand.ts';
import { World } from './world.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly layout: Layout;
  readonly faults: (shares: Shares, random: () => number) => readonly Fault[];
  readonly lanes: number;
  readonly lanePauseMs: number;
  readonly senders: number;
  readonly senderPauseMs: number;
  /** How long everything may take to come to rest once all is mended. */
  readonly settleMs: number;
  /** Takes a log of each instance of iMi. */
  readonly logFolder?: string;
  readonly onProgress?: (faults: number, of: number) => void;
}

export interface ChaosReport {
  readonly figures: { readonly [name: string]: number };
  /** Every promise that was broken, with what shows it. */
  readonly broken: readonly string[];
}

const deadLetterQueues = Object.values(topologyOf(exchange, []).queues).map(
  ({ deadLetterQueue }) => deadLetterQueue,
);

/**
 * Ill-treats iMi and its stores under load, mends everything, and counts what became of it: from
 * the stores and a consumer's own queue, not by what iMi says of itself.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { seed, layout, onProgress } = options;
  const startedAt = performance.now();
  // Numbers of their own, so that the faults do not depend on how fast the load runs.
  const numbers = (n: number) => randomFrom(seed + n);
  const stand = await startStand(layout, options.logFolder);
  const [ledger, store] = [new Ledger(), connectEventStore(stand.eventStore.url)];
  const audit = new Audit(stand.rabbit.url, exchange);
  const readSide = new ReadSide(stand.postgres.url);
  const giveUp = new AbortController();
  try {
    await audit.ready();
    await stand.rabbit.keepDeclarations();
    const stores = [stand.eventStore, stand.postgres, stand.rabbit].map(({ name }) => name);
    const services = stand.services.map(({ name }) => name);
    const faults = options.faults({ services, stores }, numbers(1));
    const stop = new AbortController();
    const load = runLoad({
      ...options,
      ...{ stand, ledger, world: new World(numbers(2)), random: numbers(3) },
      pauseMs: options.senderPauseMs,
      stop: stop.signal,
      giveUp: giveUp.signal,
    });
    let begun = 0;
    const slowestMs = await runGremlins({
      ...options,
      ...{ stand, faults, random: numbers(4) },
      pauseMs: options.lanePauseMs,
      onFault: () => {
        begun += 1;
        onProgress?.(begun, faults.length);
      },
    });
    stop.abort();
    const late = setTimeout(() => giveUp.abort(), options.settleMs);
    await load;
    clearTimeout(late);
    const faultsEndedAt = performance.now();

    const limitMs = options.settleMs;
    const { events, amiss } = await settle({ stand, store, audit, readSide, ledger, limitMs });
    const settledMs = performance.now() - faultsEndedAt;
    const own = events.filter(({ type }) => type.startsWith(publicPrefix));
    const { lost, doubled, unacknowledged } = reckon(ledger.entries.values(), events);
    const unequal = ledger.contradictions();
    const chain = flawsInChain(audit.first, own);
    const { differences, parkedEvents } = await readSide.compareWithRebuild(store);
    const dead = await Promise.all(deadLetterQueues.map((queue) => audit.depthOf(queue)));
    const deadLetters = dead.reduce((sum, depth) => sum + depth, 0);
    const deaths = stand.services.flatMap((service) => service.deaths);
    const exitCodes = await stand.stopServices();
    const count = (of: (fault: Fault) => boolean) => faults.filter(of).length;
    const killsOf = (name: string) =>
      count((fault) => fault.kind === 'kill' && fault.victim.startsWith(name));
    const sumOf = (numbers: readonly number[]) => numbers.reduce((sum, n) => sum + n, 0);
    return {
      figures: {
        seed,
        'kills of a service': killsOf('service'),
        'kills of the event store': killsOf('event store'),
        'kills of PostgreSQL': killsOf('PostgreSQL'),
        'kills of RabbitMQ': killsOf('RabbitMQ'),
        'kills, together': killsOf(''),
        'freezes (SIGSTOP)': count(({ kind }) => kind === 'freeze'),
        'connections cut': count(({ kind }) => kind === 'cut'),
        'ways half-open': count(({ kind }) => kind === 'half-open'),
        'ways stalled': count(({ kind }) => kind === 'stalled'),
        'ways slow': count(({ kind }) => kind === 'slow'),
        commands: ledger.entries.size,
        acknowledged: [...ledger.entries.values()].filter((e) => e.acknowledged).length,
        'carried out, not acknowledged': unacknowledged,
        'deliveries over HTTP': ledger.deliveries.http,
        'deliveries over Bloodbank': ledger.deliveries.bus,
        answers: sumOf([...ledger.entries.values()].map(({ answers }) => answers.length)),
        events: own.length,
        published: audit.messages,
        'published, distinct': audit.first.length,
        lost: lost.length,
        doubled: doubled.length,
        'unequal answers': unequal.length,
        'flaws in the chain': chain.length,
        'rows unlike a rebuild': differences.length,
        'events parked': parkedEvents,
        'dead letters': deadLetters,
        'ends that nobody ordered': deaths.length,
        'warnings logged': sumOf(stand.services.map(({ logged }) => logged.warnings)),
        'lines logged': sumOf(stand.services.map(({ logged }) => logged.lines)),
        'seconds of the slowest start': Math.round(slowestMs / 100) / 10,
        'seconds to settle': Math.round(settledMs / 100) / 10,
        seconds: Math.round((performance.now() - startedAt) / 1000),
      },
      broken: [
        ...lost.map((what) => `lost: ${what}`),
        ...doubled.map((what) => `doubled: ${what}`),
        ...unequal.map((what) => `answered unequally: ${what}`),
        ...chain.map((what) => `chain: ${what}`),
        ...audit.violations.map((what) => `envelope: ${what}`),
        ...differences.map((what) => `unlike a rebuild: ${what}`),
        ...(parkedEvents > 0 ? [`${parkedEvents} events are parked`] : []),
        ...(deadLetters > 0 ? [`${deadLetters} dead letters`] : []),
        ...ledger.violations.map((what) => `answer: ${what}`),
        ...deaths,
        ...amiss.map((what) => `does not come to rest: ${what}`),
        ...exitCodes.flatMap((code, i) =>
          code === 0 ? [] : [`service ${i + 1} ended with ${code}`],
        ),
      ],
    };
  } finally {
    giveUp.abort();
    await audit.close();
    await readSide.close();
    await store.close();
    await stand.close();
  }
}
