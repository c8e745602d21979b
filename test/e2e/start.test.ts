import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { announced } from '../../src/embedded/announcement.ts';
import { testFolder } from '../services/test-folder.ts';
import { demo, runService, startServiceProcess } from './service-process.ts';

async function dataFolder(): Promise<string> {
  const folder = await testFolder('start');
  onTestFinished(() =>
    rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }),
  );
  return folder;
}

async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const get = async (url: string) => (await fetch(url)).json();

it('starts on nothing but a folder, and keeps its data when everything is killed', async () => {
  const IMI_DATA_DIR = await dataFolder();
  const first = await startServiceProcess({ IMI_DATA_DIR });
  expect(await announced(IMI_DATA_DIR)).toBe(first.url);
  const body = JSON.stringify({ name: 'widget', remote_origin: 'git@github.com:acme/widget.git' });
  const headers = { 'content-type': 'application/json' };
  const created = await fetch(`${first.url}/api/v1/projects`, { method: 'POST', headers, body });
  expect(created.status).toBe(201);
  await first.kill();

  const second = await startServiceProcess({ IMI_DATA_DIR });
  const { items } = (await get(`${second.url}/api/v1/projects`)) as { items: unknown[] };
  expect(items).toMatchObject([{ name: 'widget' }]);
  expect(await second.stop()).toBe(0);
});

it('takes a message from another process while the bus lives in it', async () => {
  const service = await startServiceProcess({ IMI_DATA_DIR: await dataFolder() });
  const remote_origin = 'git@github.com:acme/by-bus.git';
  const sent = await fetch(`${service.url}/embedded/bloodbank/imi.cmd.register_project`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'by-bus', remote_origin }),
  });
  expect(sent.status).toBe(202);
  const nobody = await fetch(`${service.url}/embedded/bloodbank/imi.cmd.dance`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  expect(nobody.status).toBe(404);
  const path = `/api/v1/projects/by-origin?remote_origin=${encodeURIComponent(remote_origin)}`;
  let found = await fetch(service.url + path);
  while (found.status === 404) found = await fetch(service.url + path);
  expect(await found.json()).toMatchObject({ name: 'by-bus' });
});

it('says who is using the folder, and what to set when the port is taken', async () => {
  const IMI_DATA_DIR = await dataFolder();
  const running = await startServiceProcess({ IMI_DATA_DIR });
  const second = await runService({ IMI_DATA_DIR });
  expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining(String(running.pid)) });
  const IMI_PORT = String(await takenPort());
  const third = await runService({ IMI_DATA_DIR: await dataFolder(), IMI_PORT });
  expect(third).toMatchObject({ code: 1, stderr: expect.stringContaining('IMI_PORT') });
});

it('names every wrong setting at once and shows no secret', async () => {
  const IMI_DATABASE_URL = 'mysql://imi:hunter2@db/imi';
  const { code, stderr } = await runService({ IMI_PORT: 'x', IMI_ROLES: 'y', IMI_DATABASE_URL });
  expect(code).toBe(1);
  for (const name of ['IMI_PORT', 'IMI_ROLES', 'IMI_DATABASE_URL']) expect(stderr).toContain(name);
  expect(stderr).not.toContain('hunter2');
});

it('shows a day of work in the demo, which finds the running iMi by its folder, twice in a row', async () => {
  const IMI_DATA_DIR = await dataFolder();
  const service = await startServiceProcess({ IMI_DATA_DIR });
  for (const days of [1, 2]) {
    // The port that the tests give by default would be looked at instead of the folder.
    const played = await runService({ IMI_DATA_DIR, IMI_PORT: '' }, demo);
    expect(played).toEqual({ code: 0, stderr: '' });
    const trace = (await get(`${service.url}/api/v1/trace/ticket/PROJ-123`)) as {
      chain: { work_items: { status: string }[] };
    };
    expect(trace.chain.work_items.map((item) => item.status)).toEqual(Array(days).fill('merged'));
  }
});
