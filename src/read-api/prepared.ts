import type { Compilable, CompiledQuery } from 'kysely';
import type { NamedStatement, Texts } from '../projections/named-query.ts';
import { isNow, type ReadDatabase, type Reader } from './read-database.ts';

/** A query of kysely's, or raw SQL's. */
interface Query<Row> extends Compilable<Row> {
  execute(): Promise<Row[]>;
}

/** What the database is to know of a statement besides its text. */
type Kind = Pick<NamedStatement, 'asTexts' | 'isQuick'>;

/** Of statements that look up a few rows. */
export const quick: Kind = { isQuick: true };

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
  kind: Kind = {},
): (from: Reader, ...values: Values) => Promise<Row[]> {
  const ask = named(name, build, kind);
  return (from, ...values) => (isNow(from) ? ask(from, values) : build(from, ...values).execute());
}

/** The same of the read models as they are, with rows that are not read but come as `Texts`. */
export const preparedTexts = <Values extends readonly unknown[]>(
  name: string,
  build: (from: Reader, ...values: Values) => Query<unknown>,
  kind: Kind = {},
): ((from: ReadDatabase, ...values: Values) => Promise<Texts[]>) => {
  const ask = named(name, build, { ...kind, asTexts: true });
  return (from, ...values) => ask(from, values) as Promise<unknown[]> as Promise<Texts[]>;
};

function named<Values extends readonly unknown[], Row>(
  name: string,
  build: (from: Reader, ...values: Values) => Query<Row>,
  kind: Kind,
): (from: ReadDatabase, values: Values) => Promise<Row[]> {
  const compiled = new WeakMap<Reader, CompiledQuery<Row>>();
  const compile = (from: Reader, count: number): CompiledQuery<Row> => {
    const slots = Array.from({ length: count }, (_, index) => new Slot(index));
    const query = build(from, ...(slots as unknown as Values)).compile();
    compiled.set(from, query);
    return query;
  };
  return async (from, values) => {
    const query = compiled.get(from) ?? compile(from, values.length);
    const parameters = query.parameters.map((parameter) =>
      parameter instanceof Slot ? values[parameter.index] : parameter,
    );
    const statement = Object.assign({}, query, kind, { name, parameters });
    const { rows } = await from.executeQuery<Row>(statement);
    return rows;
  };
}
