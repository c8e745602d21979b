import { expect, it } from 'vitest';
import { withAppend } from '../../src/events/around-append.ts';
import { StoreUnavailableError } from '../../src/events/event-store.ts';
import { meteredAppend } from '../../src/events/metered-append.ts';
import { InMemoryEventStore } from '../support/in-memory-event-store.ts';
import { newEvent } from '../support/projected-events.ts';

it('tells how each append went, and is the same store otherwise', async () => {
  const real = new InMemoryEventStore();
  const outcomes: string[] = [];
  const onAppended = (outcome: string): void => void outcomes.push(outcome);
  const store = meteredAppend(real, onAppended);
  const event = newEvent('imi.test', {});
  await store.append('stream-1', 'no_stream', [event]);
  await expect(store.append('stream-1', 'no_stream', [newEvent('imi.test', {})])).rejects.toThrow();
  expect((await store.readLast('stream-1'))?.id).toBe(event.id);
  expect(await store.head()).toBe(await real.head());

  for (const error of [new StoreUnavailableError('away'), new Error('never foreseen')]) {
    const failing = meteredAppend(
      withAppend(real, () => Promise.reject(error)),
      onAppended,
    );
    await expect(failing.append('stream-2', 'no_stream', [event])).rejects.toBe(error);
  }
  expect(outcomes).toEqual(['written', 'conflict', 'unavailable', 'failed']);
});
