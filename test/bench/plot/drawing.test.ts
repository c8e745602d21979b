import { expect, it } from 'vitest';
import { drawing } from '../../../bench/plot/drawing.ts';
import { rate } from '../../../bench/quantity.ts';
import type { Row } from '../../../bench/row.ts';

const imi = rate([1_000, 1_200, 1_100]);
const rowAgainst = (name: string, commandsPerSecond: number): Row => ({
  measure: `Commands against ${name}`,
  value: [imi],
  limit: { name, value: [rate([commandsPerSecond])] },
  panel: 'Commands',
});

const count = (svg: string, part: string) => svg.split(part).length - 1;

it('draws rows of one panel as one group of bars, iMi once', () => {
  const svg = drawing('bench', [rowAgainst('one', 500), rowAgainst('another', 2_000)], []);
  expect(count(svg, '>Commands</text>')).toBe(1);
  expect(count(svg, 'class="bar ours"')).toBe(1);
  expect(count(svg, 'class="bar"')).toBe(2);
  expect(svg).toContain('1,100 (1,000–1,200) commands/s');
});

it('draws bars to one scale, the longest to its end', () => {
  const svg = drawing('bench', [rowAgainst('peer', 2_400)], []);
  const widths = [...svg.matchAll(/width="([\d.]+)" height="12"/g)].map(([, width]) =>
    Number(width),
  );
  expect(widths[1]).toBeCloseTo((widths[0] ?? 0) * (2_400 / 1_100), 0);
});

it('leaves rows that are drawn as curves out of the bars', () => {
  const series = [{ name: 'trace', points: [[5_000, 7] as const, [50_000, 8] as const] }];
  const curves = { title: 'Growth', across: 'work items', up: 'p95, ms', series };
  const svg = drawing('bench', [{ measure: 'Trace', value: [imi], panel: null }], [curves]);
  expect(count(svg, 'class="bar')).toBe(0);
  expect(count(svg, '<circle')).toBe(2);
  expect(svg).toContain('>100,000</text>');
});

it('writes signs that mean something in XML as they are read', () => {
  expect(drawing('a < b & "c"', [], [])).toContain('a &lt; b &amp; &quot;c&quot;');
});
