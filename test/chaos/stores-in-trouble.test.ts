import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { Audit } from './audit.ts';
import { BusDoor } from './bus-door.ts';
import { Ledger } from './ledger.ts';
import { exchange, type Stand, startStand } from './stand.ts';
import type { Asked } from './world.ts';

let stand: Stand;
let url: string;
beforeAll(async () => {
  stand = await startStand(['api,commands,projector,publisher']);
  url = String(stand.services[0]?.url);
});
afterAll(async () => {
  const [service] = stand.services;
  const code = await service?.stop();
  await stand.close();
  expect([code, service?.deaths]).toEqual([0, []]);
});

/** Far longer than iMi may take to answer: who hears nothing until then fails. */
const clientPatienceMs = 28_000;
/** The latter when the read model takes its time. */
const kept = [201, 202];
const long = { timeout: 50_000, interval: 50 };

async function ask(method: string, path: string, body?: object, headers: object = {}) {
  const response = await fetch(`${url}${path}`, {
    method,
    signal: AbortSignal.timeout(clientPatienceMs),
    headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: matched field by field
  const answer: any = await response.json();
  return { status: response.status, answer, position: response.headers.get('imi-position') };
}

const health = async () => (await ask('GET', '/health')).answer;
const untilHealthy = () => vi.waitUntil(async () => (await health()).status === 'healthy', long);
const repository = () => {
  const name = `frozen-${randomUUID().slice(0, 8)}`;
  return { name, remote_origin: `git@github.com:33god-test/${name}.git` };
};

it('a frozen event store: commands wait, HTTP says so, and all goes on by itself', async () => {
  await untilHealthy();
  const ledger = new Ledger();
  const [audit, bus] = [
    new Audit(stand.rabbit.url, exchange),
    new BusDoor(stand.rabbit.url, exchange, ledger),
  ];
  const [overHttp, overBus] = [repository(), repository()];
  await stand.eventStore.freeze();
  try {
    const asked = registration(overBus);
    await bus.deliver(asked, ledger.open(asked.message.id, asked.key), never);
    const key = { 'idempotency-key': randomUUID() };
    const refused = await ask('POST', '/api/v1/projects', overHttp, key);
    expect([refused.status, refused.answer.detail.code]).toEqual([503, 'UNAVAILABLE']);
    const history = await ask('GET', '/api/v1/events');
    expect([history.status, history.answer.detail.code]).toEqual([503, 'UNAVAILABLE']);
    await vi.waitUntil(async () => {
      const { event_store, bloodbank } = await health();
      const { state } = bloodbank.queues['imi.commands'];
      return event_store.status === 'unhealthy' && state === 'paused';
    }, long);

    await stand.eventStore.thaw();
    await untilHealthy();
    await vi.waitUntil(() => ledger.entries.get(asked.message.id)?.answers.length === 1, long);
    expect(ledger.entries.get(asked.message.id)?.answers).toMatchObject([{ status: 'accepted' }]);
    const again = await ask('POST', '/api/v1/projects', overHttp, key);
    expect(again.status).toBeOneOf(kept);
    expect(await audit.depthOf('imi.commands.dlq')).toBe(0);
  } finally {
    await stand.eventStore.thaw();
    await bus.close();
    await audit.close();
  }
}, 120_000);

it('a frozen PostgreSQL: reads say so, writes are kept and show once it goes on', async () => {
  await untilHealthy();
  const body = repository();
  await stand.postgres.freeze();
  try {
    const reads = ['/api/v1/work/inflight', '/api/v1/projects', '/health'];
    const answers = await Promise.all(reads.map((path) => ask('GET', path)));
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
    expect(answers.slice(0, 2).map(({ answer }) => answer.detail.code)).toEqual(
      Array(2).fill('UNAVAILABLE'),
    );
    const written = await ask('POST', '/api/v1/projects', body);
    expect([written.status, written.answer.status]).toEqual([202, 'accepted']);
    await stand.postgres.thaw();
    await untilHealthy();
    const query = new URLSearchParams({ remote_origin: body.remote_origin });
    const shown = await ask('GET', `/api/v1/projects/by-origin?${query}`, undefined, {
      'imi-after': String(written.position),
    });
    expect(shown.answer).toMatchObject({ id: written.answer.project_id, name: body.name });
  } finally {
    await stand.postgres.thaw();
  }
}, 120_000);

it('a way to PostgreSQL that has gone silent: reads say so, and go on over another connection', async () => {
  await untilHealthy();
  const way = stand.way('service 1', 'PostgreSQL');
  way.become('half-open');
  const silent = await ask('GET', '/api/v1/work/inflight');
  expect([silent.status, silent.answer.detail.code]).toEqual([503, 'UNAVAILABLE']);
  way.become('open');
  await vi.waitUntil(async () => (await ask('GET', '/api/v1/work/inflight')).status === 200, long);
  const written = await ask('POST', '/api/v1/projects', repository());
  expect(written.status).toBeOneOf(kept);
  await untilHealthy();
}, 120_000);

it('a broker whose disk is full: writes go on, events wait and are published later', async () => {
  await untilHealthy();
  const audit = new Audit(stand.rabbit.url, exchange);
  await audit.ready();
  const heard = (position: string | null) => audit.first.some((e) => e.position === position);
  await stand.rabbit.fillDisk(true);
  try {
    // The broker takes the message that makes it say that it takes no more.
    const first = await ask('POST', '/api/v1/projects', repository());
    expect(first.status).toBeOneOf(kept);
    await vi.waitUntil(async () => {
      const { status, bloodbank } = await health();
      return status === 'degraded' && typeof bloodbank.blocked === 'string';
    }, long);
    const second = await ask('POST', '/api/v1/projects', repository());
    expect(second.status).toBeOneOf(kept);
    expect(heard(second.position)).toBe(false);
    await stand.rabbit.fillDisk(false);
    await vi.waitUntil(() => heard(first.position) && heard(second.position), long);
    await untilHealthy();
  } finally {
    await stand.rabbit.fillDisk(false);
    await audit.close();
  }
}, 120_000);

const never = new AbortController().signal;

function registration(payload: object): Asked {
  const id = randomUUID();
  const key = 'imi.cmd.register_project';
  return {
    key,
    message: { id, body: { event_id: id, event_type: key, payload }, properties: {} },
    http: { method: 'POST', path: '/api/v1/projects', body: payload },
  };
}
