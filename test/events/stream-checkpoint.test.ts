import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { CheckpointSaver } from '../../src/events/checkpoint-saver.ts';
import { StoreUnavailableError } from '../../src/events/event-store.ts';
import { CheckpointLostError, StreamCheckpoint } from '../../src/events/stream-checkpoint.ts';
import { InMemoryEventStore } from '../support/in-memory-event-store.ts';

const at = (position: bigint) => ({ position, lastEvent: position });
const away = (): never => {
  throw new StoreUnavailableError('away');
};

function setUp() {
  const store = new InMemoryEventStore();
  const name = randomUUID();
  const load = () =>
    StreamCheckpoint.load({ store, name, hostname: 'h', now: () => '2026-01-21T14:30:22.000Z' });
  return { store, load, saves: () => store.all.length };
}

describe('a stream checkpoint', () => {
  it('begins before everything', async () => {
    const { load } = setUp();
    expect((await load()).current).toEqual({ position: null, lastEvent: null });
  });

  it('is found again by the next leader, exactly, whatever the size of its positions', async () => {
    const { load } = setUp();
    const saved = { position: 9_007_199_254_740_993n, lastEvent: 9_007_199_254_740_991n };
    await (await load()).save(saved);
    expect((await load()).current).toEqual(saved);
  });

  it('writes nothing when it has not moved', async () => {
    const { load, saves } = setUp();
    const checkpoint = await load();
    await checkpoint.save(at(1n));
    await checkpoint.save(at(1n));
    expect(saves()).toBe(1);
  });

  it('belongs to the one who saved last: the other learns that it does not lead', async () => {
    const { load } = setUp();
    const [old, young] = [await load(), await load()];
    await young.save(at(5n));
    await expect(old.save(at(7n))).rejects.toThrow(CheckpointLostError);
    expect((await load()).current).toEqual(at(5n));
  });

  it('is not taken for lost when the store went away after it had written', async () => {
    const { store, load, saves } = setUp();
    const checkpoint = await load();
    store.afterAppend = away;
    await expect(checkpoint.save(at(1n))).rejects.toThrow(StoreUnavailableError);
    store.afterAppend = () => {};
    await checkpoint.save(at(2n));
    expect(saves()).toBe(2);
    expect((await load()).current).toEqual(at(2n));
  });

  it('finds out that it was lost while the store was away', async () => {
    const { store, load } = setUp();
    const [old, young] = [await load(), await load()];
    store.beforeAppend = away;
    await expect(old.save(at(1n))).rejects.toThrow(StoreUnavailableError);
    store.beforeAppend = () => {};
    await young.save(at(5n));
    await expect(old.save(at(2n))).rejects.toThrow(CheckpointLostError);
  });
});

describe('a checkpoint saver', () => {
  const never = { intervalMs: 3_600_000, idleIntervalMs: 3_600_000 };
  const soon = { intervalMs: 1, idleIntervalMs: 3_600_000 };
  const fail = (error: Error): never => {
    throw error;
  };

  it('saves only the newest of many values', async () => {
    const { load, saves } = setUp();
    const saver = new CheckpointSaver(await load(), fail, never);
    for (let n = 1n; n <= 100n; n += 1n) saver.offer(at(n));
    await saver.flush();
    expect(saves()).toBe(1);
    expect((await load()).current).toEqual(at(100n));
  });

  it('saves by itself after a while', async () => {
    const { load } = setUp();
    const checkpoint = await load();
    new CheckpointSaver(checkpoint, fail, soon).offer(at(1n));
    await vi.waitUntil(() => checkpoint.current.position === 1n);
  });

  it('does not let its own saves cause the next one', async () => {
    const { load, saves } = setUp();
    const checkpoint = await load();
    const saver = new CheckpointSaver(checkpoint, fail, soon);
    saver.offer({ position: 10n, lastEvent: null });
    saver.offer(at(11n));
    await vi.waitUntil(() => checkpoint.current.position === 11n);
    saver.offer({ position: 12n, lastEvent: 11n });
    saver.offer(at(13n));
    await vi.waitUntil(() => checkpoint.current.position === 13n);
    expect(saves()).toBe(2);
    saver.offer({ position: 14n, lastEvent: 13n });
    await saver.flush();
    expect((await load()).current).toEqual({ position: 14n, lastEvent: 13n });
  });

  it('goes on trying while the store is away', async () => {
    const { store, load } = setUp();
    const checkpoint = await load();
    let refusals = 0;
    store.beforeAppend = () => {
      refusals += 1;
      if (refusals < 4) away();
    };
    new CheckpointSaver(checkpoint, fail, soon).offer(at(1n));
    await vi.waitUntil(() => checkpoint.current.position === 1n);
    expect(refusals).toBe(4);
  });

  it('saves nothing more once it has finished, though the store was away', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { store, load } = setUp();
    const saver = new CheckpointSaver(await load(), fail, soon);
    store.beforeAppend = away;
    saver.offer(at(1n));
    vi.runOnlyPendingTimers();
    await expect(saver.flush()).rejects.toThrow(StoreUnavailableError);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('reports that the checkpoint was lost, once', async () => {
    const { load } = setUp();
    const old = await load();
    await (await load()).save(at(5n));
    const failures: Error[] = [];
    const saver = new CheckpointSaver(old, (error) => void failures.push(error), soon);
    saver.offer(at(1n));
    await vi.waitUntil(() => failures.length > 0);
    saver.offer(at(2n));
    await saver.flush();
    expect(failures).toEqual([expect.any(CheckpointLostError)]);
  });
});
