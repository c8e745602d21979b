import { rm } from 'node:fs/promises';
import { expect, it, onTestFinished } from 'vitest';
import { until } from '../bloodbank/support.ts';
import { replicatedPostgres } from '../services/replicated-postgres.ts';
import { testFolder } from '../services/test-folder.ts';
import { startServiceProcess } from './service-process.ts';

it('reads from the replica, and never older than the write it waits for', async () => {
  const servers = await replicatedPostgres();
  const IMI_DATA_DIR = await testFolder('replica');
  onTestFinished(() =>
    rm(IMI_DATA_DIR, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }),
  );
  const service = await startServiceProcess({
    ...{ IMI_DATA_DIR, IMI_DATABASE_URL: servers.primary, IMI_DATABASE_READ_URL: servers.replica },
    IMI_CONSISTENCY_TIMEOUT_MS: '500',
  });
  const register = (name: string) =>
    fetch(`${service.url}/api/v1/projects`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name, remote_origin: `git@github.com:acme/${name}.git` }),
    });
  const byName = async (name: string, headers = {}) => {
    const origin = encodeURIComponent(`git@github.com:acme/${name}.git`);
    const path = `${service.url}/api/v1/projects/by-origin?remote_origin=${origin}`;
    return (await fetch(path, { headers })).status;
  };

  for (const name of ['one', 'two', 'three']) {
    expect((await register(name)).status).toBe(201);
    expect(await byName(name)).toBe(200);
  }

  await servers.pauseReplay();
  const late = await register('four');
  expect(late.status).toBe(202);
  const after = { 'imi-after': String(late.headers.get('imi-position')) };
  // The primary has it, so the projector is not what is waited for.
  await until(async () => {
    const health = (await (await fetch(`${service.url}/health`)).json()) as {
      projections: { projector: { gap: string } };
    };
    return health.projections.projector.gap === '0';
  });
  expect(await byName('four')).toBe(404);
  expect(await byName('four', after)).toBe(503);
  await servers.resumeReplay();
  await until(async () => (await byName('four', after)) === 200);
  expect(await service.stop()).toBe(0);
});
