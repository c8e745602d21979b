import { setTimeout as delay } from 'node:timers/promises';
import { BusDoor } from './bus-door.ts';
import { deliverOverHttp } from './http-door.ts';
import type { Entry, Ledger } from './ledger.ts';
import { exchange, type Stand } from './stand.ts';
import type { Asked, World } from './world.ts';

export interface LoadOptions {
  readonly stand: Stand;
  readonly world: World;
  readonly ledger: Ledger;
  readonly random: () => number;
  /** Commands that are on their way at once. */
  readonly senders: number;
  /** Longest pause of a sender between two commands. */
  readonly pauseMs: number;
  /** Ends the load; what is on its way is delivered first. */
  readonly stop: AbortSignal;
  /** Ends deliveries that come to nothing. */
  readonly giveUp: AbortSignal;
}

const maxDeliveries = 5;
/** Commands that a sender sends at once, at most: a queue that is always empty loses nothing. */
const maxBurst = 6;

/**
 * Sends random commands, each one to five times, side by side through both doors, until told to
 * stop; returns when each delivery has its answer, or the broker's word.
 */
export async function runLoad(options: LoadOptions): Promise<void> {
  const { stand, world, ledger, random, senders, pauseMs, stop, giveUp } = options;
  const bus = new BusDoor(stand.rabbit.url, exchange, ledger);
  const urls = stand.services.filter((each) => each.takesCommands).map(({ url }) => url);

  const deliver = async (asked: Asked, entry: Entry): Promise<void> => {
    await delay(random() < 0.5 ? 0 : random() * 300);
    if (random() < 0.5) return bus.deliver(asked, entry, giveUp);
    const first = Math.floor(random() * urls.length);
    await deliverOverHttp(
      {
        asked,
        entry,
        urls: [...urls.slice(first), ...urls.slice(0, first)],
        respondAsync: random() < 0.5,
        impatient: random() < 0.1,
        signal: giveUp,
      },
      ledger,
    );
  };
  const send = async (asked: Asked, times: number): Promise<void> => {
    const entry = ledger.open(asked.message.id, asked.key);
    await Promise.all(Array.from({ length: times }, () => deliver(asked, entry)));
  };
  const sender = async (): Promise<void> => {
    while (!stop.aborted) {
      const burst = Array.from({ length: 1 + Math.floor(random() * maxBurst) }, () => world.next());
      await Promise.all(burst.map((asked) => send(asked, timesOf(random))));
      await delay(random() * pauseMs);
    }
  };
  await Promise.all(world.founding().map((asked) => send(asked, 2)));
  await Promise.all(Array.from({ length: senders }, sender));
  await bus.close();
}

/** Half of them once: what comes again makes good what was lost. */
const timesOf = (random: () => number): number =>
  random() < 0.5 ? 1 : 2 + Math.floor(random() * (maxDeliveries - 1));
