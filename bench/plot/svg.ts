const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => escapes[sign] ?? '');

/** An SVG element; numbers are rounded to a tenth of a pixel. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  content = '',
): string {
  const written = Object.entries(attributes).map(([key, value]) => {
    const text = typeof value === 'number' ? `${Math.round(value * 10) / 10}` : escaped(value);
    return ` ${key}="${text}"`;
  });
  return `<${name}${written.join('')}${content === '' ? '/>' : `>${content}</${name}>`}`;
}

export type Anchor = 'start' | 'middle' | 'end';

/** `kind` is a class of the drawing's style sheet. */
export const text = (
  x: number,
  y: number,
  content: string,
  kind = 'label',
  anchor: Anchor = 'start',
): string => element('text', { x, y, class: kind, 'text-anchor': anchor }, escaped(content));

export const line = (x1: number, y1: number, x2: number, y2: number, kind: string): string =>
  element('line', { x1, y1, x2, y2, class: kind });

/** A part of the drawing, and how much height it takes. */
export interface Block {
  readonly height: number;
  readonly svg: string;
}

/** Blocks below each other. */
export function stacked(blocks: readonly Block[]): Block {
  let height = 0;
  const svg = blocks.map((block) => {
    const placed = element('g', { transform: `translate(0 ${height})` }, block.svg);
    height += block.height;
    return placed;
  });
  return { height, svg: svg.join('\n') };
}
