import { sql } from 'kysely';
import { namesOf } from './column-lists.ts';
import { type Generation, hasTable, tableOf } from './generation.ts';
import { versionedTables } from './versioned-tables.ts';
import { makeAllLinks } from './work-item-links.ts';

const note = 'postponed_rows';

/**
 * Notes in an empty generation that rows of versioned tables are to be kept as versions only, until
 * `fillPostponedRows`: copied one after another they cost a third of what it takes to bring a row
 * from version to version. Not those of a table that refuses rows by itself: which event is at fault
 * has to be known when it comes.
 */
export async function postponeRows({ db, schema }: Generation): Promise<void> {
  const names = Object.values(versionedTables)
    .filter(({ freelyFilled }) => freelyFilled)
    .map(({ table }) => table);
  await sql`
    CREATE TABLE ${tableOf(schema, note)} AS
    SELECT unnest(ARRAY[${sql.join(names.map((name) => sql.lit(name)))}]) AS name`.execute(db);
}

/** The generation with the tables of which it has only the versions. */
export async function withPostponed({ db, schema }: Generation): Promise<Generation> {
  if (!(await hasTable({ db, schema }, note))) return { db, schema };
  const { rows } = await sql<{ name: string }>`
    SELECT name FROM ${tableOf(schema, note)}`.execute(db);
  return { db, schema, postponed: new Set(rows.map(({ name }) => name)) };
}

/**
 * Brings the postponed tables to the last version of each row, makes the links of work from them, and
 * ends the postponement.
 */
export async function fillPostponedRows(generation: Generation): Promise<void> {
  const { db, schema, postponed } = await withPostponed(generation);
  if (postponed === undefined) return;
  await db.transaction().execute(async (trx) => {
    // So many rows take longer than a request may.
    await sql`SET LOCAL statement_timeout = 0`.execute(trx);
    for (const { table, versions, columns } of Object.values(versionedTables)) {
      if (!postponed.has(table)) continue;
      const names = namesOf(columns);
      await sql`
        INSERT INTO ${tableOf(schema, table)} (${names})
        SELECT ${names} FROM ${tableOf(schema, versions)} JOIN (
          SELECT id, max(position) AS position FROM ${tableOf(schema, versions)} GROUP BY id
        ) AS last USING (id, position)`.execute(trx);
    }
    await makeAllLinks({ db: trx, schema });
    await sql`DROP TABLE ${tableOf(schema, note)}`.execute(trx);
  });
}
