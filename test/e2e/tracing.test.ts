import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { expect, it, onTestFinished } from 'vitest';
import { startTracing } from '../../src/telemetry/tracing.ts';
import { listen, openClient, until } from '../bloodbank/support.ts';
import { testDatabase } from '../services/database.ts';
import { testRabbit } from '../services/rabbit.ts';
import { testFolder } from '../services/test-folder.ts';
import { otlpReceiver, type ReceivedSpan } from './otlp-receiver.ts';
import { startServiceProcess } from './service-process.ts';

const newTrace = () => {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-01` };
};

async function surroundings() {
  const [rabbit, database] = [await testRabbit(), await testDatabase()];
  const IMI_DATA_DIR = await testFolder('tracing');
  onTestFinished(() =>
    rm(IMI_DATA_DIR, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }),
  );
  const env = {
    ...{ IMI_DATA_DIR, IMI_DATABASE_URL: database.url, IMI_RABBITMQ_URL: rabbit.url },
    IMI_EXCHANGE_NAME: rabbit.exchangeName,
  };
  return { rabbit, env };
}

const register = (name: string) => ({
  ...{ name, remote_origin: `git@github.com:acme/${name}.git` },
  description: 'hunter2',
});

it('shows a command of either door on its way to the store, the readers and the bus', async () => {
  const { rabbit, env } = await surroundings();
  const { endpoint, spans } = await otlpReceiver();
  const service = await startServiceProcess({
    ...{ ...env, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SERVICE_NAME: 'imi-under-test' },
  });
  const model = await openClient(rabbit.url);
  const heard = await listen(model, rabbit.exchangeName, 'imi.project.registered');

  const [byHttp, byBus] = [newTrace(), newTrace()];
  const answer = await fetch(`${service.url}/api/v1/projects`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent: byHttp.traceparent },
    body: JSON.stringify(register('widget')),
  });
  expect(answer.status).toBe(201);
  const channel = await model.createConfirmChannel();
  const body = Buffer.from(JSON.stringify(register('gadget')));
  channel.publish(rabbit.exchangeName, 'imi.cmd.register_project', body, {
    headers: { traceparent: byBus.traceparent },
  });
  await until(() => heard.length === 2);
  const origin = encodeURIComponent(register('gadget').remote_origin);
  const path = `${service.url}/api/v1/projects/by-origin?remote_origin=${origin}`;
  await until(async () => (await fetch(path)).ok);
  // What is left is sent at the end.
  expect(await service.stop()).toBe(0);

  for (const [sent, door] of [
    [byHttp, 'http'],
    [byBus, 'bloodbank'],
  ] as const) {
    const own = spans.filter(({ traceId }) => traceId === sent.traceId);
    const command = named(own, 'command register_project');
    expect(command.parentSpanId).toBe(sent.spanId);
    expect(command.attributes).toMatchObject({ 'imi.door': door, 'imi.status': 'accepted' });
    expect(command.resource).toMatchObject({ 'service.name': 'imi-under-test' });
    const append = own.find(({ attributes }) =>
      String(attributes['imi.stream']).startsWith('proj'),
    );
    expect(append).toMatchObject({ name: 'append', parentSpanId: command.spanId });
    const publish = named(own, 'publish imi.project.registered');
    expect(publish.parentSpanId).toBe(append?.spanId);
    expect(publish.attributes['imi.correlation_id']).toBe(command.attributes['imi.correlation_id']);
    const projected = spans.filter(
      ({ name, links }) =>
        name === 'project' && links.some((link) => link.spanId === append?.spanId),
    );
    expect(projected).toHaveLength(1);
    const headers = heard.map(({ properties }) => properties.headers?.traceparent);
    expect(headers).toContain(`00-${sent.traceId}-${publish.spanId}-01`);
  }
  expect(JSON.stringify(spans)).not.toContain('hunter2');
});

it('goes on without a receiver, and ends in time', async () => {
  const { env } = await surroundings();
  const service = await startServiceProcess({
    ...{ ...env, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' },
  });
  const answer = await fetch(`${service.url}/api/v1/projects`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(register('widget')),
  });
  expect(answer.status).toBe(201);
  expect(await service.stop()).toBe(0);
});

it('is not there unless a receiver is named, or when it is switched off', async () => {
  const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://127.0.0.1:1';
  for (const env of [
    {},
    { OTEL_EXPORTER_OTLP_ENDPOINT: '' },
    { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED: 'true' },
    { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_EXPORTER: 'none' },
  ]) {
    expect(await startTracing(env, '1.2.3')).toBeNull();
  }
});

function named(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
  const found = spans.find((span) => span.name === name);
  if (found === undefined) throw new Error(`No ${name} in ${spans.map((s) => s.name).join(', ')}`);
  return found;
}
