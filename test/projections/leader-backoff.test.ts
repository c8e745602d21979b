import { beforeEach, expect, test, vi } from 'vitest';
import { retryDelay } from '../../src/backoff.ts';
import { StoreUnavailableError } from '../../src/events/event-store.ts';
import { runAsLeader } from '../../src/projections/leader.ts';
import { type TestReadModels, testReadModels } from './setup.ts';

vi.mock('../../src/backoff.ts', async (original) => ({
  ...(await original<object>()),
  retryDelay: vi.fn(async () => {}),
}));

let models: TestReadModels;
beforeEach(async () => {
  models = await testReadModels();
  return () => models.close();
});

test('a task that fails whenever it leads waits longer each time, and says why in one line', async () => {
  const stopping = new AbortController();
  const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  let runs = 0;
  const task = async (): Promise<void> => {
    runs += 1;
    if (runs === 4) stopping.abort();
    throw new StoreUnavailableError('The event store is away');
  };
  const name = 'backoff';
  await runAsLeader(models.url, name, task, { log, signal: stopping.signal });
  expect(vi.mocked(retryDelay).mock.calls.map(([failures]) => failures)).toEqual([1, 2, 3]);
  expect(log.warn.mock.calls).toEqual(
    Array(3).fill([{ reason: 'The event store is away', name }, 'lost the lead']),
  );
  expect(log.error).not.toHaveBeenCalled();
});
