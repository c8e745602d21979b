import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { connectDatabase } from '../../src/projections/database.ts';
import { until } from '../bloodbank/support.ts';
import { runImi } from '../cli/run-imi.ts';
import { temporaryServer } from '../embedded/event-store/temporary-server.ts';
import { testDatabase } from '../services/database.ts';
import { testFolder } from '../services/test-folder.ts';
import { startServiceProcess } from './service-process.ts';

it('is well again after one command when the database was emptied under it', async () => {
  const [database, store] = [await testDatabase(), await temporaryServer()];
  const env = {
    ...{ IMI_DATABASE_URL: database.url, IMI_EVENTSTORE_URL: store.url },
    // A projector that has failed comes back by itself, and may take its time for it.
    IMI_CONSISTENCY_TIMEOUT_MS: '30000',
  };
  const service = await startServiceProcess({ ...env, IMI_DATA_DIR: await testFolder('lost') });
  const register = async (name: string, prefer = '') => {
    const response = await fetch(`${service.url}/api/v1/projects`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', prefer },
      body: JSON.stringify({ name, remote_origin: `git@github.com:acme/${name}.git` }),
    });
    return response.status;
  };
  const shown = async () => {
    const { items } = (await (await fetch(`${service.url}/api/v1/projects`)).json()) as {
      items: { name: string }[];
    };
    return items.map(({ name }) => name).sort();
  };
  for (const name of ['one', 'two']) expect(await register(name)).toBe(201);

  const db = connectDatabase(database.url, { poolSize: 1, applicationName: 'imi-test' });
  await sql`DROP SCHEMA imi_read, imi CASCADE`.execute(db);
  await db.destroy();
  // Taken, and shown once there is something to show it in: nobody waits for that.
  await register('three', 'respond-async');
  const rebuilt = await runImi(['projections', 'rebuild'], { env });
  expect(rebuilt).toMatchObject({ code: 0 });
  await until(async () => (await fetch(`${service.url}/health`)).status === 200);
  expect(await shown()).toEqual(['one', 'three', 'two']);
  await until(async () => {
    const health = await (await fetch(`${service.url}/health`)).json();
    return (health as { status: string }).status === 'healthy';
  });
  expect(await register('four')).toBe(201);
  expect(await shown()).toHaveLength(4);
  const verified = await runImi(['projections', 'verify'], { env });
  expect(verified).toMatchObject({ code: 0 });
  expect(await service.stop()).toBe(0);
  await store.remove();
});
