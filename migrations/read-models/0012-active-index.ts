import { type Kysely, sql } from 'kysely';

/**
 * The active work of a project is listed in order and counted for every project that is shown, all
 * of it and what is in flight. Like the index that it replaces,
 * of all git state only a change of status touches it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`DROP INDEX work_items_status`.execute(db);
  await sql`
    CREATE INDEX work_items_active ON work_items (project_id, created_at, id, status) WHERE active
  `.execute(db);
}
