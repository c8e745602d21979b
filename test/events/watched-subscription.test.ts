import { expect, it, vi } from 'vitest';
import {
  StoreUnavailableError,
  type SubscribeOptions,
  type SubscriptionMessage,
} from '../../src/events/event-store.ts';
import { watchedSubscription } from '../../src/events/watched-subscription.ts';
import { LiveEventStore } from '../support/live-event-store.ts';
import { newEvent } from '../support/projected-events.ts';

const silenceMs = 20;

function follow(store: LiveEventStore, onMessage: (message: SubscriptionMessage) => unknown) {
  const stopping = new AbortController();
  const options = { after: null, typePrefixes: ['imi.'], signal: stopping.signal };
  const looks = vi.spyOn(store, 'head');
  const ended = (async () => {
    const subscribe = (watched: SubscribeOptions) => store.subscribeTogether(watched);
    for await (const messages of watchedSubscription(store, options, subscribe, silenceMs)) {
      for (const message of messages) await onMessage(message);
    }
  })();
  ended.catch(() => {});
  return { ended, stop: () => stopping.abort(), looks };
}

/** Waits until the source has been looked at so many times more. */
async function looked(looks: { mock: { calls: unknown[] } }, times: number): Promise<void> {
  const until = looks.mock.calls.length + times;
  await vi.waitUntil(() => looks.mock.calls.length >= until, { timeout: 10_000 });
}

it('gives up a subscription that stands still while its source moves on', async () => {
  const store = new LiveEventStore();
  const seen: string[] = [];
  const { ended } = follow(
    store,
    (message) => message.kind === 'event' && seen.push(message.event.id),
  );
  const [first, second] = [newEvent('imi.test.first', {}), newEvent('imi.test.second', {})];
  await store.append('a', 'no_stream', [first]);
  await vi.waitUntil(() => seen.length === 1);
  store.frozen = true;
  await store.append('a', 0, [second]);
  await expect(ended).rejects.toThrow(StoreUnavailableError);
  expect(seen).toEqual([first.id]);
});

it('leaves a subscription alone that has nothing to bring', async () => {
  const store = new LiveEventStore();
  const { ended, stop, looks } = follow(store, () => undefined);
  await store.append('a', 'no_stream', [newEvent('checkpoint.saved', {})]);
  await looked(looks, 3);
  await store.append('a', 0, [newEvent('checkpoint.saved', {})]);
  await looked(looks, 3);
  stop();
  await ended;
});

it('does not take a consumer that takes its time for a subscription that stands still', async () => {
  const store = new LiveEventStore();
  const work = Promise.withResolvers<void>();
  let handled = 0;
  const { ended, stop } = follow(store, async () => {
    await work.promise;
    handled += 1;
  });
  await store.append('a', 'no_stream', [newEvent('imi.test.first', {})]);
  await store.append('a', 0, [newEvent('imi.test.second', {})]);
  const other = follow(store, () => undefined);
  await looked(other.looks, 4);
  work.resolve();
  await vi.waitUntil(() => handled === 2);
  stop();
  other.stop();
  await Promise.all([ended, other.ended]);
});
