import { readFile } from 'node:fs/promises';
import { Histogram } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../src/metrics.ts';

interface Panel {
  readonly title: string;
  readonly id: number;
  readonly type: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const dashboard = JSON.parse(await readFile('deploy/grafana/imi-dashboard.json', 'utf8')) as {
  readonly panels: readonly Panel[];
};

const { registry } = createMetrics({
  build: { version: '1.2.3' },
  projection: () => Promise.reject(new Error('away')),
  publisher: () => ({ published: 0, unroutable: 0 }),
  publishing: async () => null,
  consumers: () => [],
  queues: async () => [],
});

/** Every series that is scraped, and the labels it may have. */
function series(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  // What Prometheus adds by itself.
  const scraped = ['job', 'instance'];
  for (const metric of registry.getMetricsAsArray()) {
    const { labelNames = [] } = metric as { readonly labelNames?: readonly string[] };
    if (!(metric instanceof Histogram)) found.set(metric.name, [...labelNames, ...scraped]);
    else {
      for (const part of ['_bucket', '_sum', '_count']) {
        found.set(`${metric.name}${part}`, [...labelNames, ...scraped, 'le']);
      }
    }
  }
  return found;
}

const queries = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr, legendFormat }) => ({ title, expr, legendFormat })),
);

describe('The dashboard', () => {
  it('asks for nothing that iMi does not measure, by no label that it does not have', () => {
    const known = series();
    for (const { title, expr, legendFormat } of queries) {
      const names = expr.match(/\b(imi|process|nodejs)_[a-z0-9_]+/g) ?? [];
      expect(names, title).not.toEqual([]);
      for (const name of names) expect([...known.keys()], `${title}: ${expr}`).toContain(name);
      const labels = known.get(names[0] ?? '') ?? [];
      const used = [
        ...[...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/, */)),
        ...[...expr.matchAll(/[{,]([a-z_]+)(?:=|!)/g)].map(([, label]) => label),
        ...[...legendFormat.matchAll(/{{([^}]+)}}/g)].map(([, label]) => label),
      ];
      for (const label of used) expect(labels, `${title}: ${expr}`).toContain(label);
    }
  });

  it('shows everything that iMi measures of itself', async () => {
    const shown = queries.map(({ expr }) => expr).join('\n');
    const own = registry.getMetricsAsArray().map(({ name }) => name);
    const missing = own.filter((name) => name.startsWith('imi_') && !shown.includes(name));
    // Only its movement would say something, and the lag says that.
    expect(missing).toEqual(['imi_projection_position']);
  });

  it('has an id of its own for every panel', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
