import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createMetrics } from '../src/metrics.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('tells what it can while a store does not answer', async () => {
  const { registry } = createMetrics({
    projection: () => new Promise(() => {}),
    publisher: () => ({ published: 7, unroutable: 0 }),
    consumers: () => [],
  });
  const scraped = registry.metrics();
  await vi.runAllTimersAsync();
  expect(await scraped).toContain('imi_events_published_total 7');
});

it('counts the messages of each queue by itself', async () => {
  const { registry, messageIgnored } = createMetrics({
    projection: () => Promise.reject(new Error('away')),
    publisher: () => ({ published: 0, unroutable: 0 }),
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
