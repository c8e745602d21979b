import { styleText } from 'node:util';
import Table from 'cli-table3';

type Cell = string | number | bigint | null | undefined;

const noBorders = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
};

/** Writes a line to the standard output. */
export const say = (line = ''): void => {
  process.stdout.write(`${line}\n`);
};

/** Writes a line to the standard error: what is not the answer itself. */
export const tell = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** Writes a value for programs; positions are text, as in the API. */
export const sayJson = (value: unknown): void =>
  say(JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part), 2));

/** Writes rows in columns; `none` when there are no rows. */
export function sayTable(
  heads: readonly string[],
  rows: readonly (readonly Cell[])[],
  none: string,
): void {
  if (rows.length === 0) {
    say(none);
    return;
  }
  const table = new Table({
    head: heads.map((head) => strong(head)),
    chars: noBorders,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows.map((row) => row.map(plain)));
  say(trimmed(table.toString()));
}

/** Writes one thing, a field to a line. */
export function sayFields(fields: { readonly [name: string]: Cell }): void {
  const width = Math.max(...Object.keys(fields).map((name) => name.length));
  for (const [name, value] of Object.entries(fields)) {
    say(`${strong(name)}${' '.repeat(width - name.length)}  ${plain(value)}`);
  }
}

/** Bold on a terminal, unless NO_COLOR says otherwise. */
export const strong = (text: string): string => styleText('bold', text, { stream: process.stdout });

/** Nothing that a branch or a title contains may steer the terminal. */
export const plain = (value: Cell): string =>
  value === null || value === undefined || value === ''
    ? '-'
    : String(value).replace(/\p{Cc}+/gu, ' ');

const trimmed = (text: string): string => text.replace(/ +$/gm, '');
