import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createMetrics, type Observed } from '../src/metrics.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A quiet service, but for what the test says. */
const observed = (more: Partial<Observed> = {}): Observed => ({
  build: { version: '1.2.3' },
  projection: () => Promise.reject(new Error('away')),
  publisher: () => ({ published: 0, unroutable: 0 }),
  publishing: async () => null,
  consumers: () => [],
  queues: async () => [],
  ...more,
});

const metricsOf = (more: Partial<Observed> = {}) => createMetrics(observed(more));

it('tells what it can while a store does not answer', async () => {
  const never = () => new Promise<never>(() => {});
  const { registry } = metricsOf({
    ...{ projection: never, publishing: never, queues: never },
    publisher: () => ({ published: 7, unroutable: 0 }),
  });
  const scraped = registry.metrics();
  await vi.runAllTimersAsync();
  expect(await scraped).toContain('imi_events_published_total 7');
});

it('counts the messages of each queue by itself', async () => {
  const { registry, messageIgnored } = metricsOf({
    consumers: () => [
      { queue: 'imi.commands', handled: 5, deadLettered: 1 },
      { queue: 'imi.plane_events', handled: 3, deadLettered: 0 },
    ],
  });
  messageIgnored('imi.plane_events', 'github_event_not_kept');
  const text = await registry.metrics();
  expect(text).toContain('imi_messages_handled_total{queue="imi.commands"} 5');
  expect(text).toContain('imi_messages_handled_total{queue="imi.plane_events"} 3');
  expect(text).toContain('imi_messages_dead_lettered_total{queue="imi.commands"} 1');
  expect(text).toContain(
    'imi_messages_ignored_total{queue="imi.plane_events",reason="github_event_not_kept"} 1',
  );
});

it('tells position, gap and lag of one reading, and keeps the last while a store is away', async () => {
  let readings = 0;
  let away = false;
  const { registry } = metricsOf({
    projection: async () => {
      if (away) throw new Error('away');
      readings += 1;
      return { position: 40n, gap: 2n, lag_seconds: 1.5, parked_streams: 3 };
    },
  });
  const expected = [
    'imi_projection_position 40',
    'imi_projection_gap 2',
    'imi_projection_lag_seconds 1.5',
    'imi_projection_parked_streams 3',
  ];
  for (away of [false, true]) {
    const text = await registry.metrics();
    for (const line of expected) expect(text).toContain(line);
  }
  expect(readings).toBe(1);
});

it('tells how far publishing is behind where it is done, and nothing where it is not', async () => {
  let leads = true;
  const { registry } = metricsOf({
    publishing: async () => (leads ? { gap: 7n, lag_seconds: 2 } : null),
  });
  const leader = await registry.metrics();
  expect(leader).toContain('imi_publish_gap 7');
  expect(leader).toContain('imi_publish_lag_seconds 2');
  leads = false;
  expect(await registry.metrics()).not.toMatch(/^imi_publish_(gap|lag_seconds) /m);
});

it('tells what waits in each queue, and nothing while the broker is away', async () => {
  let away = false;
  const { registry } = metricsOf({
    queues: async () => {
      if (away) throw new Error('away');
      return [{ queue: 'imi.commands.dlq', messages: 4 }];
    },
  });
  expect(await registry.metrics()).toContain('imi_queue_messages{queue="imi.commands.dlq"} 4');
  away = true;
  expect(await registry.metrics()).not.toContain('imi_queue_messages{');
});

it('measures appends, and how long an event is on its way to readers and to the bus', async () => {
  vi.setSystemTime('2026-01-01T00:00:10.000Z');
  const metrics = metricsOf();
  metrics.appended('written', 0.003);
  metrics.appended('conflict', 0.001);
  metrics.projected(['2026-01-01T00:00:09.000Z', '2026-01-01T00:00:11.000Z']);
  metrics.published('2026-01-01T00:00:08.000Z');
  metrics.leads('projector', true);
  const text = await metrics.registry.metrics();
  expect(text).toContain('imi_append_duration_seconds_count{outcome="written"} 1');
  expect(text).toContain('imi_append_duration_seconds_bucket{le="0.002",outcome="conflict"} 1');
  expect(text).toContain('imi_projection_latency_seconds_sum 1');
  expect(text).toContain('imi_projection_latency_seconds_count 2');
  expect(text).toContain('imi_publish_latency_seconds_sum 2');
  expect(text).toContain('imi_leading{task="projector"} 1');
  expect(text).toContain('imi_build_info{version="1.2.3"} 1');
});
