import type { Row } from '../row.ts';
import { type Bar, bars } from './bars.ts';
import { type Curves, curves } from './curves.ts';
import { type Block, element, stacked, text } from './svg.ts';

const width = 900;

const style = `
  svg { font: 12px system-ui, sans-serif; }
  .label { fill: #333; } .axis { fill: #666; } .title { fill: #111; font-weight: 600; }
  .head { fill: #111; font-size: 15px; font-weight: 600; }
  .bar { fill: #b8bec8; } .bar.ours { fill: #2f6fdb; }
  .spread { stroke: #111; stroke-width: 2; } .grid { stroke: #e2e5ea; }
  .series { fill: none; stroke-width: 2; } circle.series { fill: #fff; }
  .series-0 { stroke: #2f6fdb; } .series-1 { stroke: #d1495b; } .series-2 { stroke: #2e8b57; }
  .series-3 { stroke: #b8860b; } .series-4 { stroke: #7b52ab; } .series-5 { stroke: #555; }
  .series-6 { stroke: #1a9aaa; } .paper { fill: #fff; }`;

/** The rows as bars and the curves, as one SVG file that needs nothing else. */
export function drawing(title: string, rows: readonly Row[], growth: readonly Curves[]): string {
  const head: Block = { height: 34, svg: text(16, 24, title, 'head') };
  const asBars = rows.filter(({ panel }) => panel !== null);
  const panels = [...Map.groupBy(asBars, ({ panel, measure }) => panel ?? measure)];
  const { height, svg } = stacked([
    head,
    ...panels.map(([name, group]) => bars(name, barsOf(group))),
    ...growth.map(curves),
  ]);
  const size = { width, height, viewBox: `0 0 ${width} ${height}` };
  const paper = element('rect', { width, height, class: 'paper' });
  return element(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', ...size },
    `${element('style', {}, style)}\n${paper}\n${svg}\n`,
  );
}

/** Those of iMi and of what it is held against, each once. */
function barsOf(rows: readonly Row[]): Bar[] {
  const all = rows.flatMap(({ value, limit, drawnAs = 'iMi' }) => [
    ...value.map((quantity) => ({ name: drawnAs, quantity, ours: true })),
    ...(limit?.value ?? []).map((quantity) => ({
      name: limit?.name ?? '',
      quantity,
      ours: false,
    })),
  ]);
  const isFirst = (bar: Bar, index: number) =>
    all.findIndex((other) => other.name === bar.name && other.quantity === bar.quantity) === index;
  return all.filter(isFirst);
}
