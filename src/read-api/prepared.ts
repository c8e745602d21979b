import type { Compilable, CompiledQuery } from 'kysely';
import { isNow, type Reader } from './read-database.ts';

/** A query of kysely's, or raw SQL's. */
interface Query<Row> extends Compilable<Row> {
  execute(): Promise<Row[]>;
}

/** Stands for a value while a query is built that is to serve for all values. */
class Slot {
  readonly index: number;

  constructor(index: number) {
    this.index = index;
  }
}

/**
 * A query that is built once, and sent under a name so that PostgreSQL plans it once too; building
 * one costs more than asking it. `build` must not look at the values it is given: lists go into an
 * array (`= ANY`), what is there or not into queries of their own.
 *
 * As of a moment there are too many tables between for a name to pay; then it is built each time.
 */
export function prepared<Values extends readonly unknown[], Row>(
  name: string,
  build: (from: Reader, ...values: Values) => Query<Row>,
): (from: Reader, ...values: Values) => Promise<Row[]> {
  const compiled = new WeakMap<Reader, CompiledQuery<Row>>();
  const compile = (from: Reader, count: number): CompiledQuery<Row> => {
    const slots = Array.from({ length: count }, (_, index) => new Slot(index));
    const query = build(from, ...(slots as unknown as Values)).compile();
    compiled.set(from, query);
    return query;
  };
  return async (from, ...values) => {
    if (!isNow(from)) return build(from, ...values).execute();
    const query = compiled.get(from) ?? compile(from, values.length);
    const parameters = query.parameters.map((parameter) =>
      parameter instanceof Slot ? values[parameter.index] : parameter,
    );
    const { rows } = await from.executeQuery<Row>(Object.assign({}, query, { name, parameters }));
    return rows;
  };
}
