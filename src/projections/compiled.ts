import { CompiledQuery, type Kysely, type RawBuilder } from 'kysely';
import type { Tables } from './database.ts';

const texts = new Map<string, string>();

/**
 * Runs a statement that is compiled once: for one over many columns that takes longer than sending
 * it. `key` stands for its text; `build` is asked for it the first time, with any values in place of
 * the parameters, which are given apart and in the order of the text.
 */
export async function runCompiled<Row>(
  db: Kysely<Tables>,
  key: string,
  build: () => RawBuilder<Row>,
  parameters: readonly unknown[],
): Promise<readonly Row[]> {
  const text = texts.get(key) ?? build().compile(db).sql;
  texts.set(key, text);
  const { rows } = await db.executeQuery<Row>(CompiledQuery.raw(text, [...parameters]));
  return rows;
}
