import { expect, it } from 'vitest';
import { until } from '../bloodbank/support.ts';
import { temporaryServer } from '../embedded/event-store/temporary-server.ts';
import { testDatabase } from '../services/database.ts';
import { testRabbit } from '../services/rabbit.ts';
import { testFolder } from '../services/test-folder.ts';
import { BloodbankPeer } from './bloodbank-peer.ts';
import { type ServiceProcess, startServiceProcess } from './service-process.ts';

it('shares the work between roles, and a standby takes over what a killed one led', async () => {
  const [rabbit, database, store] = [
    ...[await testRabbit(), await testDatabase(), await temporaryServer()],
  ] as const;
  const env = {
    IMI_EVENTSTORE_URL: store.url,
    IMI_DATABASE_URL: database.url,
    IMI_RABBITMQ_URL: rabbit.url,
    IMI_EXCHANGE_NAME: rabbit.exchangeName,
    IMI_DATA_DIR: await testFolder('roles'),
  };
  const inRole = (IMI_ROLES: string) => startServiceProcess({ ...env, IMI_ROLES });
  const [api, commands] = [await inRole('api'), await inRole('commands')];
  const followers = [await inRole('projector,publisher'), await inRole('projector,publisher')];

  const get = async (service: ServiceProcess, path: string) => fetch(service.url + path);
  for (const service of [api, commands, ...followers]) {
    expect((await get(service, '/ready')).status).toBe(200);
    expect((await get(service, '/health')).status).toBe(200);
  }
  expect((await get(commands, '/api/v1/projects')).status).toBe(404);

  const leads = async (service: ServiceProcess, task: string) =>
    (await (await get(service, '/metrics')).text()).includes(`imi_leading{task="${task}"} 1`);
  const leadersOf = async (task: string, of: readonly ServiceProcess[]) => {
    const leading = await Promise.all(of.map((service) => leads(service, task)));
    return of.filter((_, index) => leading[index]);
  };
  for (const task of ['projector', 'publisher']) {
    await until(async () => (await leadersOf(task, followers)).length === 1);
  }

  const peer = await BloodbankPeer.connect(rabbit.url, rabbit.exchangeName);
  const register = async (name: string) => {
    const body = { name, remote_origin: `git@github.com:acme/${name}.git` };
    const [reply] = await peer.send('imi.cmd.register_project', body);
    expect(reply?.status).toBe('accepted');
    await until(async () => (await get(api, `/api/v1/projects/${reply?.ids.project_id}`)).ok);
    await peer.until((published) => published.some((e) => e.payload.project_name === name));
  };
  await register('before');
  const [leader] = await leadersOf('projector', followers);
  const standby = followers.find((service) => service !== leader) as ServiceProcess;
  await leader?.kill();
  await register('after');
  for (const task of ['projector', 'publisher']) {
    await until(() => leads(standby, task));
  }
  expect(peer.violations).toEqual([]);
  for (const service of [standby, commands, api]) expect(await service.stop()).toBe(0);
  await store.remove();
});
