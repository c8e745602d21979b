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
    consumer: () => ({ handled: 0, deadLettered: 0 }),
  });
  const scraped = registry.metrics();
  await vi.runAllTimersAsync();
  expect(await scraped).toContain('imi_events_published_total 7');
});
