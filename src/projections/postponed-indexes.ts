import { sql } from 'kysely';
import { type Generation, hasTable, tableOf } from './generation.ts';

/**
 * What is looked for while a generation is built, beside ids: the files of work that has ended, and
 * at its end the links of all work.
 */
const needed = [
  'touched_files_work_item',
  'ticket_links_work_item',
  'pr_links_work_item',
  'ticket_versions_issue',
];

const table = 'postponed_indexes';

/**
 * Drops the indexes of an empty generation that only readers need, and notes what they were: they
 * are sorted once instead of being searched for every row, and rows that change stay on their page.
 * What keeps rows apart stays.
 */
export async function postponeIndexes({ db, schema }: Generation): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await sql`
      CREATE TABLE ${tableOf(schema, table)} AS
      SELECT relname AS name, pg_get_indexdef(indexrelid) AS definition
      FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
      WHERE relnamespace = ${schema}::regnamespace AND NOT indisunique
        AND relname <> ALL(${needed}::text[])`.execute(trx);
    const { rows } = await sql<{ name: string }>`
      SELECT name FROM ${tableOf(schema, table)}`.execute(trx);
    for (const { name } of rows) await sql`DROP INDEX ${tableOf(schema, name)}`.execute(trx);
  });
}

/** Builds the indexes that were postponed; nothing to do when that was done before. */
export async function buildPostponedIndexes({ db, schema }: Generation): Promise<void> {
  if (!(await hasTable({ db, schema }, table))) return;
  await db.transaction().execute(async (trx) => {
    // Sorting a large table takes longer than a request may.
    await sql`SET LOCAL statement_timeout = 0`.execute(trx);
    const { rows } = await sql<{ definition: string }>`
      SELECT definition FROM ${tableOf(schema, table)} ORDER BY name`.execute(trx);
    for (const { definition } of rows) await sql.raw(definition).execute(trx);
    await sql`DROP TABLE ${tableOf(schema, table)}`.execute(trx);
  });
}
