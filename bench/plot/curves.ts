import { decades, logarithmic, ticks } from './scale.ts';
import { type Block, element, line, text } from './svg.ts';

/** How something changes with the size of something else; both axes are logarithmic. */
export interface Curves {
  readonly title: string;
  /** What grows, and what is measured, with its unit. */
  readonly across: string;
  readonly up: string;
  readonly series: readonly Series[];
}

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [size: number, value: number])[];
}

const [left, right, top, bottom] = [80, 620, 52, 252];

export function curves({ title, across, up, series }: Curves): Block {
  const points = series.flatMap((one) => one.points);
  const [xs, ys] = [decades(points.map(([x]) => x)), decades(points.map(([, y]) => y))];
  const x = logarithmic(xs.min, xs.max, left, right);
  const y = logarithmic(ys.min, ys.max, bottom, top);
  const grid = [
    ...ticks(xs).map((size) =>
      [
        line(x(size), top, x(size), bottom, 'grid'),
        text(x(size), bottom + 16, size.toLocaleString('en'), 'label', 'middle'),
      ].join(''),
    ),
    ...ticks(ys).map((value) =>
      [
        line(left, y(value), right, y(value), 'grid'),
        text(left - 8, y(value) + 4, `${value.toLocaleString('en')}`, 'label', 'end'),
      ].join(''),
    ),
  ];
  const drawn = series.map(({ name, points: own }, index) => {
    const places = own.map(([size, value]) => [x(size), y(value)] as const);
    const kind = `series series-${index % 7}`;
    const legend = top + 10 + index * 18;
    return [
      element('polyline', {
        points: places.map((place) => place.join(',')).join(' '),
        class: kind,
      }),
      ...places.map(([cx, cy]) => element('circle', { cx, cy, r: 3, class: kind })),
      line(right + 16, legend - 4, right + 36, legend - 4, kind),
      text(right + 42, legend, name),
    ].join('');
  });
  const labels = [
    text(16, 24, title, 'title'),
    text(left, top - 6, up, 'axis'),
    text((left + right) / 2, bottom + 34, across, 'axis', 'middle'),
  ];
  return { height: bottom + 52, svg: [...labels, ...grid, ...drawn].join('\n') };
}
