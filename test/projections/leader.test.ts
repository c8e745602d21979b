import { once } from 'node:events';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runAsLeader } from '../../src/projections/leader.ts';
import { fast, silent, type TestReadModels, testReadModels } from './setup.ts';

let models: TestReadModels;
beforeAll(async () => {
  models = await testReadModels();
});
afterAll(() => models.close());

/** A candidate whose task lasts until its signal is aborted, and a log of who began and ended. */
function candidate(name: string, label: string, log: string[]) {
  const stopping = new AbortController();
  let announce: () => void = () => {};
  let leads = new Promise<void>((resolve) => {
    announce = resolve;
  });
  const ended = runAsLeader(
    models.url,
    name,
    async (signal) => {
      log.push(`${label} begins`);
      announce();
      if (!signal.aborted) await once(signal, 'abort');
      leads = new Promise((resolve) => {
        announce = resolve;
      });
      log.push(`${label} ends`);
    },
    { log: silent, signal: stopping.signal, checkMs: 5, delays: fast },
  );
  return {
    leads: () => leads,
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}

test('a standby takes over when the leader stops, and not before', async () => {
  const log: string[] = [];
  const first = candidate('handover', 'first', log);
  await first.leads();
  const second = candidate('handover', 'second', log);
  const third = candidate('elsewhere', 'another name', log);
  await third.leads();
  await first.stop();
  await second.leads();
  await second.stop();
  await third.stop();
  expect(log.filter((line) => !line.startsWith('another'))).toEqual([
    'first begins',
    'first ends',
    'second begins',
    'second ends',
  ]);
});

test('a leader whose lock connection is cut ends its task and competes again', async () => {
  const log: string[] = [];
  const only = candidate('cut', 'only', log);
  for (let cut = 0; cut < 3; cut += 1) {
    await only.leads();
    await sql`
      SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
      WHERE application_name = 'imi leader cut' AND datname = current_database()
    `.execute(models.db);
    while (log.filter((line) => line === 'only ends').length <= cut) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  await only.leads();
  await only.stop();
  expect(log).toEqual(Array(4).fill(['only begins', 'only ends']).flat());
});

test('a task that throws gives up the lead and gets another turn', async () => {
  const stopping = new AbortController();
  const changes: boolean[] = [];
  let turns = 0;
  await runAsLeader(
    models.url,
    'throws',
    async () => {
      turns += 1;
      if (turns === 3) stopping.abort();
      throw new Error('a task fails');
    },
    {
      ...{ log: silent, signal: stopping.signal, delays: fast, checkMs: 5 },
      onChange: (leading) => changes.push(leading),
    },
  );
  expect(turns).toBe(3);
  expect(changes).toEqual([true, false, true, false, true, false]);
});

test('a candidate ends at once while the database is away', async () => {
  const stopping = new AbortController();
  const ended = runAsLeader('postgres://nobody@127.0.0.1:1/none', 'away', async () => {}, {
    ...{ log: silent, signal: stopping.signal, delays: { firstMs: 60_000, maxMs: 60_000 } },
  });
  stopping.abort();
  await ended;
});
