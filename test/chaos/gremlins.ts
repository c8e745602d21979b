import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from './faults.ts';
import type { Stand } from './stand.ts';
import type { Victim } from './victim.ts';

export interface GremlinOptions {
  readonly stand: Stand;
  readonly faults: readonly Fault[];
  /** How many faults may be there at once. */
  readonly lanes: number;
  /** Longest pause of a lane between two faults. */
  readonly pauseMs: number;
  readonly random: () => number;
  readonly onFault?: (fault: Fault) => void;
}

/**
 * Brings each fault about and mends it again, several at once, but never two on the same process or
 * way. When all are over everything runs and every way is open.
 *
 * @returns how long the slowest of the killed took to be ready again, in ms
 */
export async function runGremlins(options: GremlinOptions): Promise<number> {
  const { stand, faults, lanes, pauseMs, random, onFault } = options;
  const victims = new Map<string, Victim>(
    [stand.eventStore, stand.postgres, stand.rabbit, ...stand.services].map((v) => [v.name, v]),
  );
  const waiting = [...faults];
  const busy = new Set<string>();
  let slowestMs = 0;
  const lane = async (): Promise<void> => {
    while (waiting.length > 0) {
      const next = waiting.findIndex((fault) => !busy.has(placeOf(fault)));
      if (next < 0) {
        await delay(50);
        continue;
      }
      const [fault] = waiting.splice(next, 1) as [Fault];
      busy.add(placeOf(fault));
      onFault?.(fault);
      slowestMs = Math.max(slowestMs, await bringAbout(fault, stand, victims));
      busy.delete(placeOf(fault));
      await delay(random() * pauseMs);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return slowestMs;
}

const placeOf = (fault: Fault): string =>
  'victim' in fault ? fault.victim : `${fault.service} > ${fault.store}`;

/** Answers how long the mending took. */
async function bringAbout(
  fault: Fault,
  stand: Stand,
  victims: ReadonlyMap<string, Victim>,
): Promise<number> {
  if ('victim' in fault) {
    const victim = victims.get(fault.victim);
    if (victim === undefined) throw new Error(`there is no ${fault.victim}`);
    const [harm, mend] =
      fault.kind === 'kill'
        ? [() => victim.kill(), () => victim.start()]
        : [() => victim.freeze(), () => victim.thaw()];
    await harm();
    await delay(fault.forMs);
    const mendedAt = performance.now();
    await mend();
    return performance.now() - mendedAt;
  }
  const way = stand.way(fault.service, fault.store);
  way.become(fault.kind);
  await delay(fault.forMs);
  way.become('open');
  return 0;
}
