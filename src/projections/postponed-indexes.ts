import { sql } from 'kysely';
import { buildStep } from './build-step.ts';
import { type Generation, hasTable, tableOf } from './generation.ts';
import { twoAtOnce } from './two-at-once.ts';

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

const note = 'postponed_indexes';

/**
 * Drops the indexes of an empty generation that only readers need, and notes what they were: they
 * are sorted once instead of being searched for every row, and rows that change stay on their page.
 * What keeps rows apart stays.
 */
export async function postponeIndexes({ db, schema }: Generation): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await sql`
      CREATE TABLE ${tableOf(schema, note)} AS
      SELECT index.relname AS name, indexed.relname AS indexed,
        pg_get_indexdef(indexrelid) AS definition
      FROM pg_index
      JOIN pg_class AS index ON index.oid = indexrelid
      JOIN pg_class AS indexed ON indexed.oid = indrelid
      WHERE index.relnamespace = ${schema}::regnamespace AND NOT indisunique
        AND index.relname <> ALL(${needed}::text[])`.execute(trx);
    const { rows } = await sql<{ name: string }>`
      SELECT name FROM ${tableOf(schema, note)}`.execute(trx);
    const names = rows.map(({ name }) => tableOf(schema, name));
    await sql`DROP INDEX ${sql.join(names)}`.execute(trx);
  });
}

/** Builds the indexes that were postponed; nothing to do when that was done before. */
export async function buildPostponedIndexes({ db, schema }: Generation): Promise<void> {
  if (!(await hasTable({ db, schema }, note))) return;
  // What takes longest first, so that neither of two ends long after the other.
  const { rows } = await sql<{ indexed: string; definitions: readonly string[] }>`
    SELECT indexed::text, array_agg(definition ORDER BY name) AS definitions
    FROM ${tableOf(schema, note)} GROUP BY indexed
    ORDER BY pg_relation_size(format('%I.%I', ${schema}::text, indexed)::regclass) DESC`.execute(
    db,
  );
  await twoAtOnce(rows, ({ indexed, definitions }) =>
    buildStep(db, async (trx) => {
      for (const definition of definitions) await sql.raw(definition).execute(trx);
      await sql`DELETE FROM ${tableOf(schema, note)} WHERE indexed = ${indexed}`.execute(trx);
    }),
  );
  await sql`DROP TABLE ${tableOf(schema, note)}`.execute(db);
}
