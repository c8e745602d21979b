import { DEFAULT_MIGRATION_TABLE, type Kysely, type Migration, Migrator, sql } from 'kysely';
import { controlMigrations } from '../../migrations/control/index.ts';
import { readModelMigrations } from '../../migrations/read-models/index.ts';
import type { Tables } from './database.ts';
import { controlSchema, liveSchema } from './tables.ts';
import { makeUnmadeLinks } from './work-item-links.ts';

export interface MigrationDone {
  readonly schema: string;
  readonly name: string;
}

/**
 * Brings the control schema and the live generation of the read models up to date, and answers
 * what was done. Instances that start at once wait for each other. Throws the error of the
 * migration that failed: its whole schema is then as it was before.
 */
export async function migrate(db: Kysely<Tables>): Promise<readonly MigrationDone[]> {
  return alone(db, async (connection) => {
    // In the default schema, and once: its operator classes serve every generation.
    await sql`CREATE EXTENSION IF NOT EXISTS pg_trgm`.execute(connection);
    const control = await migrateSchema(connection, controlSchema, controlMigrations);
    const live = await migrateSchema(connection, liveSchema, readModelMigrations);
    await makeUnmadeLinks(connection, liveSchema);
    await connection
      .withSchema(controlSchema)
      .insertInto('generations')
      .values({ schema_name: liveSchema, state: 'live', position: null })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return [...control, ...live];
  });
}

/** Creates, or brings up to date, one generation of the read models in a schema of its own. */
export async function migrateReadModels(db: Kysely<Tables>, schema: string): Promise<void> {
  await alone(db, (connection) => migrateSchema(connection, schema, readModelMigrations));
}

/** Runs `work` on one connection, under a lock that only migrations take. */
async function alone<T>(
  db: Kysely<Tables>,
  work: (connection: Kysely<Tables>) => Promise<T>,
): Promise<T> {
  return db.connection().execute(async (connection) => {
    // Building an index over a large table, or waiting for an instance that does, takes its time.
    await sql`SET statement_timeout = 0`.execute(connection);
    await sql`SET lock_timeout = 0`.execute(connection);
    const { rows } = await sql<{
      path: string;
    }>`SELECT current_setting('search_path') AS path`.execute(connection);
    const path = rows[0]?.path ?? 'public';
    try {
      // Around everything: "IF NOT EXISTS" alone fails when two sessions create the same thing.
      await sql`SELECT pg_advisory_lock(hashtext('imi'), hashtext('migrate'))`.execute(connection);
      return await work(connection);
    } finally {
      // On a broken connection there is nothing left to restore, and `work` has told why.
      await sql`SELECT set_config('search_path', ${path}, false)`.execute(connection).catch(ignore);
      await sql`RESET statement_timeout`.execute(connection).catch(ignore);
      await sql`RESET lock_timeout`.execute(connection).catch(ignore);
      await sql`SELECT pg_advisory_unlock(hashtext('imi'), hashtext('migrate'))`
        .execute(connection)
        .catch(ignore);
    }
  });
}

const ignore = (): void => {};

async function migrateSchema(
  connection: Kysely<Tables>,
  schema: string,
  migrations: Readonly<Record<string, Migration>>,
): Promise<readonly MigrationDone[]> {
  if (await isUpToDate(connection, schema, migrations)) return [];
  await sql`CREATE SCHEMA IF NOT EXISTS ${sql.id(schema)}`.execute(connection);
  // Before what was there: an extension of the database may live in any schema on the path.
  await sql`
    SELECT set_config('search_path', ${`"${schema}"`} || ', ' || reset_val, false)
    FROM pg_settings WHERE name = 'search_path'`.execute(connection);
  const migrator = new Migrator({
    db: connection,
    migrationTableSchema: schema,
    provider: { getMigrations: async () => ({ ...migrations }) },
  });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
  return results.map(({ migrationName }) => ({ schema, name: migrationName }));
}

/** As at almost every start; the migrator would read the whole catalogue before it says the same. */
async function isUpToDate(
  connection: Kysely<Tables>,
  schema: string,
  migrations: Readonly<Record<string, Migration>>,
): Promise<boolean> {
  const table = sql.id(schema, DEFAULT_MIGRATION_TABLE);
  const { rows: found } = await sql<{ there: boolean }>`
    SELECT to_regclass(${`"${schema}"."${DEFAULT_MIGRATION_TABLE}"`}) IS NOT NULL AS there`.execute(
    connection,
  );
  if (!found[0]?.there) return false;
  const { rows } = await sql<{ name: string }>`SELECT name FROM ${table} ORDER BY name`.execute(
    connection,
  );
  return rows.map(({ name }) => name).join() === Object.keys(migrations).sort().join();
}
