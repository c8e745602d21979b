import { ask } from './ask.ts';
import type { DatabaseGrant } from './service-host.ts';

export interface TestDatabase {
  /** `postgres://…`, for the test alone and empty. */
  readonly url: string;
  /** Drops it, open connections included. Left out, the end of the run does it. */
  drop(): Promise<void>;
}

/**
 * A new, empty database on the shared real PostgreSQL: `IMI_TEST_DATABASE_URL` (its user must be
 * allowed to create databases), or else the embedded server.
 */
export async function testDatabase(): Promise<TestDatabase> {
  const { url, name } = await ask<DatabaseGrant>('create-database');
  return { url, drop: () => ask('drop-database', name) };
}
