import { CompiledQuery, type Kysely, type RawBuilder } from 'kysely';
import type { Tables } from './database.ts';

const texts = new Map<string, string>();

/**
 * A statement that is compiled once: for one over many columns that takes longer than sending it.
 * `key` stands for its text; `build` is asked for it the first time, with any values in place of the
 * parameters, which are given apart and in the order of the text.
 */
export function compiled(
  db: Kysely<Tables>,
  key: string,
  build: () => RawBuilder<unknown>,
  parameters: readonly unknown[],
): CompiledQuery {
  const text = texts.get(key) ?? build().compile(db).sql;
  texts.set(key, text);
  return CompiledQuery.raw(text, [...parameters]);
}

/** Runs a statement that is compiled once; answers its rows. */
export async function runCompiled<Row>(
  db: Kysely<Tables>,
  key: string,
  build: () => RawBuilder<Row>,
  parameters: readonly unknown[],
): Promise<readonly Row[]> {
  const { rows } = await db.executeQuery<Row>(
    compiled(db, key, build, parameters) as CompiledQuery<Row>,
  );
  return rows;
}
