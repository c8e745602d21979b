import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreUnavailableError } from '../../../src/events/event-store.ts';
import { EventFeed } from '../../../src/read-api/events/event-feed.ts';
import { appendTo, fast, silent } from '../../projections/setup.ts';
import { LiveEventStore } from '../../support/live-event-store.ts';
import { newEvent } from '../../support/projected-events.ts';

let store: LiveEventStore;
let feed: EventFeed;
let subscriptions = 0;
beforeEach(() => {
  store = new LiveEventStore();
  subscriptions = 0;
  const subscribe = store.subscribe.bind(store);
  store.subscribe = (options) => {
    subscriptions += 1;
    return subscribe(options);
  };
  feed = new EventFeed({ store, log: silent, delays: fast, window: { events: 5, bytes: 100_000 } });
});
afterEach(() => feed.close());

const record = (n: number) =>
  appendTo(store, `project-${n % 3}`, newEvent('imi.test.counted', { n }));

/** A follower that takes events when it is told to. */
function follower(after: bigint | null = null) {
  const gone = new AbortController();
  const messages = feed.follow({ after, signal: gone.signal });
  let position = after;
  return {
    get position() {
      return position;
    },
    async take(count: number): Promise<unknown[]> {
      const taken: unknown[] = [];
      while (taken.length < count) {
        const { value, done } = await messages.next();
        if (done) break;
        position = value.kind === 'event' ? value.event.position : value.position;
        if (value.kind === 'event') taken.push(value.event.data.n);
      }
      return taken;
    },
    leave: () => gone.abort(),
  };
}

const upTo = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i);

describe('The feed of live events', () => {
  it('gives all who follow every event once and in order, over one subscription', async () => {
    for (const n of upTo(3)) await record(n);
    const followers = [follower(), follower(await feed.now()), follower()];
    const [early, late, other] = followers as [ReturnType<typeof follower>, ...typeof followers];
    expect(await early.take(3)).toEqual([0, 1, 2]);
    for (const n of upTo(4, 3)) await record(n);
    expect(await late?.take(4)).toEqual([3, 4, 5, 6]);
    expect(await early.take(4)).toEqual([3, 4, 5, 6]);
    expect(await other?.take(7)).toEqual(upTo(7));
    expect(subscriptions).toBe(1);
  });

  it('lets one that fell far behind catch up from the store at its own pace', async () => {
    const slow = follower(await feed.now());
    const quick = follower(await feed.now());
    await record(0);
    expect(await slow.take(1)).toEqual([0]);
    for (const n of upTo(100, 1)) {
      await record(n);
      await quick.take(1);
    }
    expect(await slow.take(100)).toEqual(upTo(100, 1));
    await record(101);
    expect(await slow.take(1)).toEqual([101]);
  });

  it('goes on after the store was away, for who was level and for who was behind', async () => {
    const [level, behind] = [follower(await feed.now()), follower(await feed.now())];
    for (const n of upTo(20)) await record(n);
    expect(await level.take(20)).toEqual(upTo(20));
    const readAll = store.readAll.bind(store);
    let refused = () => {};
    const asked = new Promise<void>((resolve) => {
      refused = resolve;
    });
    store.readAll = async function* () {
      refused();
      yield* [];
      throw new StoreUnavailableError('away');
    };
    store.frozen = true;
    store.cut();
    const late = behind.take(25);
    await asked;
    for (const n of upTo(5, 20)) await record(n);
    store.readAll = readAll;
    store.frozen = false;
    store.wake();
    expect(await level.take(5)).toEqual(upTo(5, 20));
    expect(await late).toEqual(upTo(25));
  });

  it('tells how far it has searched where nothing public was recorded', async () => {
    for (let n = 0; n < 30; n += 1)
      await appendTo(store, 'command-1', newEvent('command.claimed', {}));
    const one = follower();
    const taking = one.take(1);
    const { position } = await record(1);
    expect(await taking).toEqual([1]);
    expect(one.position).toBe(position);
  });

  it('keeps no more payload than it may, and loses nothing by it', async () => {
    const big = 'x'.repeat(60_000);
    const one = follower(await feed.now());
    await record(0);
    expect(await one.take(1)).toEqual([0]);
    for (const n of upTo(4, 1)) {
      await appendTo(store, 'project-1', newEvent('imi.test.counted', { n, big }));
    }
    expect(await one.take(4)).toEqual([1, 2, 3, 4]);
  });

  it('ends a follower that leaves, and all of them when it closes', async () => {
    const [one, two] = [follower(), follower()];
    const [first, second] = [one.take(1), two.take(1)];
    one.leave();
    expect(await first).toEqual([]);
    await feed.close();
    expect(await second).toEqual([]);
  });
});
