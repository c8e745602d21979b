import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { startEventStoreServer } from '../../src/embedded/event-store/server.ts';
import { until } from '../bloodbank/support.ts';
import {
  githubPing,
  issueDeleted,
  issueId,
  issueWebhook,
  projectWebhook,
  relayed,
} from '../commands/translation/plane-bodies.ts';
import { testDatabase } from '../services/database.ts';
import { testRabbit } from '../services/rabbit.ts';
import { testFolder } from '../services/test-folder.ts';
import { BloodbankPeer } from './bloodbank-peer.ts';
import { startServiceProcess } from './service-process.ts';

it('hears of tickets from Plane, names them, and shows them with the work on them', async () => {
  const [rabbit, database] = [await testRabbit(), await testDatabase()];
  const { url } = await startEventStoreServer({ dataDir: await testFolder('tickets'), port: 0 });
  const peer = await BloodbankPeer.connect(rabbit.url, rabbit.exchangeName);
  const service = await startServiceProcess({
    IMI_EVENTSTORE_URL: url,
    IMI_DATABASE_URL: database.url,
    IMI_RABBITMQ_URL: rabbit.url,
    IMI_EXCHANGE_NAME: rabbit.exchangeName,
    IMI_DATA_DIR: await testFolder('tickets-data'),
  });
  // biome-ignore lint/suspicious/noExplicitAny: matched field by field
  const get = async (path: string): Promise<any> =>
    (await fetch(`${service.url}/api/v1${path}`)).json();
  const metrics = async () => (await fetch(`${service.url}/metrics`)).text();
  const observed = () => peer.published.filter((it) => it.routingKey === 'imi.ticket.observed');
  const envelope = (payload: object) => ({
    event_id: randomUUID(),
    event_type: 'webhook.plane.issue',
    timestamp: '2026-01-21T14:30:22Z',
    version: '1.0.0',
    source: { host: 'relay', type: 'webhook', app: 'plane-relay' },
    correlation_ids: [],
    payload,
  });

  // One change, delivered five times under five names; its project is not known yet.
  for (let attempt = 0; attempt < 5; attempt += 1) {
    await peer.tell('webhook.plane.issue', envelope(relayed(issueWebhook({ attempt }))));
  }
  await peer.until(() => observed().length >= 1);
  expect(observed()[0]?.payload.plane_ticket_id).toBe(issueId);

  // The project tells its identifier, and the ticket gets its key.
  await peer.tell('webhook.plane.project', envelope(relayed(projectWebhook())));
  await peer.until(() => observed().length >= 2);
  expect(observed()[1]?.payload).toMatchObject({
    plane_ticket_id: 'PROJ-123',
    plane_issue_id: issueId,
    ticket_title: 'Widgets spin backwards',
  });

  // What is not a ticket's is acknowledged and counted, what cannot be read is set aside.
  await peer.tell('webhook.plane.issue', envelope(relayed(githubPing)));
  await peer.tell('plane.ticket.updated', '{"ticket_id":');
  await peer.tell('plane.ticket.updated', envelope({ ticket_id: 42 }));
  const dead = [await deadLetter(peer), await deadLetter(peer)];
  expect(dead.sort()).toEqual(['bad_event', 'body_not_json']);

  // The work on it, found from both ends.
  const [project] = await peer.send('imi.cmd.register_project', {
    name: 'widget',
    remote_origin: `git@github.com:acme/widget-${randomUUID().slice(0, 8)}.git`,
  });
  await peer.send('imi.cmd.start_work', {
    project_id: project?.ids.project_id,
    branch_name: 'feature/spin',
    work_type: 'feature',
    owner_id: 'ada',
    source: { type: 'plane_ticket', ref: 'PROJ-123' },
  });
  await peer.tell('plane.ticket.updated', { ticket_id: 'PROJ-123', status: 'Done' });
  await peer.until(() => observed().length >= 3);
  await until(async () => {
    const { chain } = await get('/trace/ticket/PROJ-123');
    return chain.work_items.length === 1 && chain.tickets[0].ticket_state === 'Done';
  });
  expect((await get('/links/ticket/PROJ-123')).items).toMatchObject([
    {
      ticket_title: 'Widgets spin backwards',
      ticket_state: 'Done',
      ticket_observed: 'before_work',
    },
  ]);

  // A deletion names nothing but Plane's id.
  await peer.tell('webhook.plane.issue', relayed(issueDeleted));
  await peer.until(() => observed().length >= 4);
  const { items } = await get('/history/ticket/PROJ-123');
  expect(items.at(-1).data).toMatchObject({ deleted_at: expect.any(String) });
  expect(observed()).toHaveLength(4);
  expect(peer.violations).toEqual([]);
  expect(await metrics()).toContain(
    'imi_messages_ignored_total{queue="imi.plane_events",reason="github_event_not_kept"} 1',
  );
  expect(await (await fetch(`${service.url}/health`)).json()).toMatchObject({
    bloodbank: { queues: { 'imi.plane_events': { state: 'consuming', dead_lettered: 2 } } },
  });
  expect(await service.stop()).toBe(0);
});

async function deadLetter(peer: BloodbankPeer): Promise<string> {
  let code: string | undefined;
  await until(async () => {
    const dead = await peer.take('imi.plane_events.dlq');
    code = dead?.properties.headers?.['x-imi-code'];
    return dead !== null;
  });
  return code ?? 'none';
}
