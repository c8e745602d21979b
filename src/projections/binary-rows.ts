import { BinaryValues } from './binary-values.ts';
import type { ColumnTypes, Values } from './row-fold.ts';

// The signature, no flags, no extension.
const head = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const end = -1;
/** About as long as a row becomes. */
const usualSize = 640;

/**
 * Rows in the binary format of COPY. As far as a row begins like the last one with its id, it is
 * taken from there: columns that seldom change are best told first.
 */
export function binaryRows(columns: ColumnTypes, rows: readonly Values[]): Buffer {
  const names = Object.keys(columns);
  const types = Object.values(columns);
  const count = names.length;
  const output = new BinaryValues(head.length + rows.length * usualSize);
  /** Where each field of each row begins. */
  const places = new Int32Array(rows.length * count);
  const lastOf = new Map<unknown, number>();
  output.raw(head);
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index] as Values;
    const start = index * count;
    const last = lastOf.get(row.id);
    lastOf.set(row.id, index);
    output.int16(count);
    let field = 0;
    if (last !== undefined) {
      const known = rows[last] as Values;
      const from = places[last * count] as number;
      const moved = output.at - from;
      // Not the last: where it begins, the others end.
      for (; field < count - 1; field += 1) {
        const name = names[field] as string;
        if (row[name] !== known[name]) break;
        places[start + field] = (places[last * count + field] as number) + moved;
      }
      output.again(from, places[last * count + field] as number);
    }
    for (; field < count; field += 1) {
      places[start + field] = output.at;
      output.value(types[field] as ColumnTypes[string], row[names[field] as string]);
    }
  }
  output.int16(end);
  return output.bytes;
}
