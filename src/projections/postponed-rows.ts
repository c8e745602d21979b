import { sql } from 'kysely';
import { buildStep } from './build-step.ts';
import { namesOf } from './column-lists.ts';
import { type Generation, hasTable, tableOf } from './generation.ts';
import type { VersionedTable } from './row-fold.ts';
import { touchedFiles } from './touched-files.ts';
import { twoAtOnce } from './two-at-once.ts';
import { versionedTables } from './versioned-tables.ts';
import { makeAllLinks } from './work-item-links.ts';

const note = 'postponed_rows';

/** Not one that refuses rows by itself: which event is at fault has to be known when it comes. */
const fromVersions = Object.values(versionedTables).filter(({ freelyFilled }) => freelyFilled);

/** Where the rows of a table that has no versions wait, as they were told. */
export const toldTable = (table: string): string => `${table}_told`;

/**
 * Notes in an empty generation which tables are to be filled at the end, by `fillPostponedRows`:
 * those that then have the last versions, for a third of what it takes to bring a row from version to
 * version; and the files of active work, most of which would be written to be taken away again.
 */
export async function postponeRows({ db, schema }: Generation): Promise<void> {
  const names = [...fromVersions, touchedFiles].map(({ table }) => sql.lit(table));
  await sql`
    CREATE TABLE ${tableOf(schema, toldTable(touchedFiles.table))}
    (LIKE ${tableOf(schema, touchedFiles.table)})`.execute(db);
  await sql`
    CREATE TABLE ${tableOf(schema, note)} AS
    SELECT unnest(ARRAY[${sql.join(names)}]) AS name`.execute(db);
}

/** The generation with the tables that are not filled yet. */
export async function withPostponed({ db, schema }: Generation): Promise<Generation> {
  if (!(await hasTable({ db, schema }, note))) return { db, schema };
  const { rows } = await sql<{ name: string }>`
    SELECT name FROM ${tableOf(schema, note)}`.execute(db);
  return { db, schema, postponed: new Set(rows.map(({ name }) => name)) };
}

/** Fills the postponed tables, makes the links of work from them, and ends the postponement. */
export async function fillPostponedRows(generation: Generation): Promise<void> {
  const { db, schema, postponed } = await withPostponed(generation);
  if (postponed === undefined) return;
  const tables = [...fromVersions, touchedFiles].filter(({ table }) => postponed.has(table));
  await twoAtOnce(tables, (of) =>
    buildStep(db, async (trx) => {
      const step = { db: trx, schema };
      await ('versions' in of ? fillFromVersions(step, of) : fillTouchedFiles(step));
      await sql`DELETE FROM ${tableOf(schema, note)} WHERE name = ${of.table}`.execute(trx);
    }),
  );
  await buildStep(db, async (trx) => {
    await makeAllLinks({ db: trx, schema });
    await sql`DROP TABLE ${tableOf(schema, note)}`.execute(trx);
  });
}

async function fillFromVersions(
  { db, schema }: Generation,
  { table, versions, columns }: VersionedTable,
): Promise<void> {
  const names = namesOf(columns);
  await sql`
    INSERT INTO ${tableOf(schema, table)} (${names})
    SELECT ${names} FROM ${tableOf(schema, versions)} JOIN (
      SELECT id, max(position) AS position FROM ${tableOf(schema, versions)} GROUP BY id
    ) AS last USING (id, position)`.execute(db);
}

/** Of each file the first touch since its work was last seen to have ended. */
async function fillTouchedFiles({ db, schema }: Generation): Promise<void> {
  const { table, columns } = touchedFiles;
  const told = tableOf(schema, toldTable(table));
  const names = sql.join(Object.keys(columns).map((name) => sql`told.${sql.id(name)}`));
  await sql`
    INSERT INTO ${tableOf(schema, table)} (${namesOf(columns)})
    SELECT DISTINCT ON (told.id) ${names} FROM ${told} AS told LEFT JOIN (
      SELECT id, max(position) AS position
      FROM ${tableOf(schema, versionedTables.work_items.versions)} WHERE NOT active GROUP BY id
    ) AS ended ON ended.id = told.work_item_id
    WHERE ended.id IS NULL OR told.position > ended.position
    ORDER BY told.id, told.position`.execute(db);
  await sql`DROP TABLE ${told}`.execute(db);
}
