import pg from 'pg';
import { arrayLiteral } from './array-literal.ts';

/** A statement that PostgreSQL plans once for each connection: one name, always the same text. */
export interface NamedStatement {
  readonly name: string;
  readonly sql: string;
  readonly parameters: readonly unknown[];
  /** Whether its rows are wanted as `Texts`, unread. */
  readonly asTexts?: boolean;
  /** Whether it looks up a few rows, so that others may as well wait behind it. */
  readonly isQuick?: boolean;
}

/** The columns of a row in their order, as PostgreSQL writes them; null is none. */
export type Texts = readonly (string | null)[];

type Row = Record<string, unknown>;

/** How the texts of a row become its values. */
type RowReader = (texts: Texts) => Row;

interface Field {
  readonly name: string;
  readonly dataTypeID: number;
}

/** What node-pg hands to a query; its types leave it out. */
interface Connection {
  bind(config: { statement: string; values: readonly unknown[] }): void;
  execute(config: object): void;
  sync(): void;
}

/** How the rows of statements are read, by their names: as long as its connection, so is a plan. */
export type RowReaders = Map<string, RowReader>;

type Parser = (text: string) => unknown;
type Callback = (error: Error | null, rows: readonly Row[]) => void;

/**
 * A query of node-pg's that asks for the columns of a statement only once: to be told of forty of
 * them, and to look up how each is parsed, costs as much as reading a row or two.
 */
export class NamedQuery extends pg.Query {
  declare readonly name: string;
  /** The client puts its time limit around it. */
  declare callback: Callback;
  readonly #values: readonly unknown[];
  readonly #readers: RowReaders;
  readonly #types: pg.CustomTypesConfig;
  readonly #asTexts: boolean;
  readonly #rows: Row[] = [];
  #error: Error | null = null;

  constructor(
    { name, sql: text, parameters, asTexts = false }: NamedStatement,
    readers: RowReaders,
    types: pg.CustomTypesConfig,
  ) {
    const values = parameters.map(parameterText);
    super({ name, text, values });
    this.#values = values;
    this.#readers = readers;
    this.#types = types;
    this.#asTexts = asTexts;
  }

  prepare(connection: Connection): void {
    if (!this.#readers.has(this.name)) {
      askAll.call(this, connection);
      return;
    }
    connection.bind({ statement: this.name, values: this.#values });
    connection.execute({});
    connection.sync();
  }

  handleRowDescription({ fields }: { readonly fields: readonly Field[] }): void {
    this.#readers.set(this.name, this.#asTexts ? asTheyCome : rowReader(fields, this.#types));
  }

  handleDataRow({ fields }: { readonly fields: Texts }): void {
    try {
      const row = this.#readers.get(this.name)?.(fields);
      if (row) this.#rows.push(row);
    } catch (error) {
      this.#error = error as Error;
    }
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.callback(this.#error, this.#rows);
  }
}

/** With a description of the columns. */
const askAll: (connection: Connection) => void = Reflect.get(pg.Query.prototype, 'prepare');

/** In the place of rows: whoever asks for texts takes them for that. */
const asTheyCome: RowReader = (texts) => texts as unknown as Row;

function rowReader(fields: readonly Field[], types: pg.CustomTypesConfig): RowReader {
  const names = fields.map(({ name }) => name);
  const parsers = fields.map(({ dataTypeID }): Parser => types.getTypeParser(dataTypeID, 'text'));
  // Parsed it gets a layout that its copies share; put together field by field, so many fields would
  // become a hash table, and so would every copy.
  const fieldTexts = names.map((name) => `${JSON.stringify(name)}:null`);
  const empty: Row = JSON.parse(`{${fieldTexts.join()}}`);
  return (texts) => {
    const row = { ...empty };
    for (let index = 0; index < names.length; index += 1) {
      const text = texts[index];
      if (typeof text === 'string') row[names[index] as string] = parsers[index]?.(text);
    }
    return row;
  };
}

/** Statements with a name are given texts, numbers and the like, or lists of them. */
const parameterText = (value: unknown): string | null =>
  Array.isArray(value) ? arrayLiteral(value) : value === null ? null : String(value);
