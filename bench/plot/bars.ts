import { type Quantity, written } from '../quantity.ts';
import { linear } from './scale.ts';
import { type Block, element, line, text } from './svg.ts';

export interface Bar {
  readonly name: string;
  readonly quantity: Quantity;
  readonly ours: boolean;
}

const [left, right, pitch, thickness] = [250, 640, 19, 12];

/** Horizontal bars, those of one unit to one scale, with what they stand for written beside them. */
export function bars(title: string, all: readonly Bar[]): Block {
  const most = (unit: string) =>
    Math.max(...all.flatMap(({ quantity }) => (quantity.unit === unit ? quantity.value.max : [])));
  const drawn = all.map(({ name, quantity, ours }, index) => {
    const { value, unit, label } = quantity;
    const y = 34 + index * pitch;
    const x = linear(most(unit), left, right);
    const middle = y + thickness / 2;
    const kind = ours ? 'bar ours' : 'bar';
    return [
      text(left - 8, y + 10, label ? `${name}, ${label}` : name, 'label', 'end'),
      element('rect', {
        x: left,
        y,
        width: Math.max(1, x(value.median) - left),
        height: thickness,
        class: kind,
      }),
      line(x(value.min), middle, x(value.max), middle, 'spread'),
      text(x(value.max) + 8, y + 10, written({ value, unit })),
    ].join('');
  });
  const heading = text(16, 24, title, 'title');
  return { height: 34 + all.length * pitch + 8, svg: heading + drawn.join('\n') };
}
