import { ConfigError, readConfig } from '../config.ts';
import { connectDatabase } from '../projections/database.ts';
import { isDatabaseAway } from '../projections/database-away.ts';
import { type MigrationDone, migrate } from '../projections/migrate.ts';
import { AwayError } from './failure.ts';

/** Migrates the database of the settings; the embedded one migrates when iMi starts. */
export async function migrateDatabase(): Promise<readonly MigrationDone[]> {
  const { databaseUrl } = readConfig(process.env);
  if (databaseUrl === undefined) {
    throw new ConfigError('Set IMI_DATABASE_URL; the embedded database migrates when iMi starts');
  }
  const db = connectDatabase(databaseUrl, {
    ...{ poolSize: 1, applicationName: 'imi migrate', statementTimeoutMs: 0 },
  });
  try {
    return await migrate(db);
  } catch (error) {
    if (!isDatabaseAway(error)) throw error;
    throw new AwayError(`The database is away: ${(error as Error).message}`, { cause: error });
  } finally {
    await db.destroy();
  }
}
