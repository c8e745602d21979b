import { sql } from 'kysely';
import { buildStep } from './build-step.ts';
import { namesOf } from './column-lists.ts';
import { commitsTable } from './commit-rows.ts';
import { type Generation, hasTable, tableOf } from './generation.ts';
import type { VersionedTable } from './row-fold.ts';
import { touchedFiles } from './touched-files.ts';
import { twoAtOnce } from './two-at-once.ts';
import { versionedTables } from './versioned-tables.ts';
import { linksTable, makeAllLinks } from './work-item-links.ts';

const note = 'postponed_rows';

/**
 * Where the rows of a table that has no versions wait, as they were told: commits in their own, which
 * lets an id in more than once meanwhile.
 */
export const toldTable = (table: string): string =>
  table === commitsTable.table ? table : `${table}_told`;

/**
 * Notes in an empty generation which tables are to be filled at the end, by `fillPostponedRows`:
 * those that then have the last versions, for a third of what it takes to bring a row from version to
 * version; commits, which are copied so; and the files of active work, most of which would be written
 * to be taken away again.
 */
export async function postponeRows({ db, schema }: Generation): Promise<void> {
  const commits = tableOf(schema, commitsTable.table);
  await sql`ALTER TABLE ${commits} DROP CONSTRAINT commits_pkey`.execute(db);
  await sql`
    CREATE TABLE ${tableOf(schema, toldTable(touchedFiles.table))}
    (LIKE ${tableOf(schema, touchedFiles.table)})`.execute(db);
  const names = fillings.flat().map(({ table }) => sql.lit(table));
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

/** How a table is filled, of the generation that it is given. */
interface Filling {
  readonly table: string;
  readonly fill: (step: Generation) => Promise<unknown>;
}

const { work_items, pr_links, tickets, deploys } = versionedTables;

/**
 * Two rounds that take about as long on both connections: links are made of what the first fills. Not
 * `projects`, which refuses a second one of an origin: which event is at fault has to be known when
 * it comes.
 */
const fillings: readonly (readonly Filling[])[] = [
  [
    ...[work_items, pr_links, tickets].map(ofVersions),
    { table: commitsTable.table, fill: unifyCommits },
  ],
  [
    { table: linksTable, fill: makeAllLinks },
    { table: touchedFiles.table, fill: fillTouchedFiles },
    ofVersions(deploys),
  ],
];

/** Fills the postponed tables, makes the links of work from them, and ends the postponement. */
export async function fillPostponedRows(generation: Generation): Promise<void> {
  const { db, schema, postponed } = await withPostponed(generation);
  if (postponed === undefined) return;
  for (const together of fillings) {
    const left = together.filter(({ table }) => postponed.has(table));
    await twoAtOnce(left, ({ table, fill }) =>
      buildStep(db, async (trx) => {
        await fill({ db: trx, schema });
        await sql`DELETE FROM ${tableOf(schema, note)} WHERE name = ${table}`.execute(trx);
      }),
    );
  }
  await sql`DROP TABLE ${tableOf(schema, note)}`.execute(db);
}

function ofVersions(of: VersionedTable): Filling {
  return { table: of.table, fill: (step) => fillFromVersions(step, of) };
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

/** What was told of a commit more than once becomes one row: of each column what came first. */
async function unifyCommits({ db, schema }: Generation): Promise<void> {
  const { table, columns } = commitsTable;
  const commits = tableOf(schema, table);
  const first = Object.keys(columns).map(
    (name) => sql`(array_agg(${sql.id(name)} ORDER BY position, place)
      FILTER (WHERE ${sql.id(name)} IS NOT NULL))[1]`,
  );
  await sql`
    WITH again AS (SELECT id FROM ${commits} GROUP BY id HAVING count(*) > 1),
    told AS (DELETE FROM ${commits} AS told USING again WHERE told.id = again.id RETURNING told.*)
    INSERT INTO ${commits} (${namesOf(columns)})
    SELECT ${sql.join(first)} FROM told GROUP BY id`.execute(db);
  await sql`ALTER TABLE ${commits} ADD PRIMARY KEY (id)`.execute(db);
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
