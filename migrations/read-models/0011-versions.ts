import { type Kysely, sql } from 'kysely';

const versioned = {
  projects: 'project_versions',
  work_items: 'work_item_versions',
  pr_links: 'pr_link_versions',
  deploys: 'deploy_versions',
  tickets: 'ticket_versions',
};

/**
 * Every state that a row was in, by the position of the event that brought it there: what reads as
 * of then look at. Insert-only. The checks are copied too: a state in between is then refused like
 * a last one, however the events are cut into batches.
 *
 * What the parts of a deploy say never changes, so their first telling is all there is to know.
 *
 * Rows that are there already are their own first version; earlier ones come with a rebuild.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const [table, versions] of Object.entries(versioned)) {
    await sql`
      CREATE TABLE ${sql.table(versions)} (
        LIKE ${sql.table(table)} INCLUDING GENERATED INCLUDING CONSTRAINTS,
        PRIMARY KEY (id, position)
      )`.execute(db);
    const columns = sql.join((await plainColumns(db, table)).map((name) => sql.id(name)));
    await sql`
      INSERT INTO ${sql.table(versions)} (${columns}) SELECT ${columns} FROM ${sql.table(table)}
    `.execute(db);
  }
  for (const versions of Object.values(versioned)) {
    const index = sql.id(`${versions}_position`);
    await sql`CREATE INDEX ${index} ON ${sql.table(versions)} (position)`.execute(db);
  }
  for (const table of ['deploy_commits', 'deploy_work_items']) {
    await sql`
      ALTER TABLE ${sql.table(table)} ADD COLUMN told_at timestamptz(3), ADD COLUMN position bigint
    `.execute(db);
    await sql`
      UPDATE ${sql.table(table)} AS part SET told_at = deploys.updated_at, position = deploys.position
      FROM deploys WHERE deploys.id = part.deploy`.execute(db);
    await sql`
      ALTER TABLE ${sql.table(table)}
        ALTER COLUMN told_at SET NOT NULL, ALTER COLUMN position SET NOT NULL`.execute(db);
  }
  for (const statement of [
    // What was active then and is no more has begun by then, and ended since.
    sql`CREATE INDEX work_item_versions_begun ON work_item_versions (position, id)
      WHERE revision = 0`,
    sql`CREATE INDEX work_item_versions_ended ON work_item_versions (position, id)
      WHERE NOT active`,
    sql`CREATE INDEX work_item_versions_ended_at
      ON work_item_versions (updated_at, created_at, id) WHERE NOT active`,
    sql`CREATE INDEX ticket_versions_issue ON ticket_versions (plane_issue_id)`,
    sql`DROP VIEW inflight_work`,
    sql`CREATE VIEW active_work AS SELECT * FROM work_items WHERE active`,
    sql`CREATE VIEW inflight_work AS SELECT * FROM active_work WHERE status <> 'clean'`,
  ]) {
    await statement.execute(db);
  }
}

/** The columns that are not generated. */
async function plainColumns(db: Kysely<unknown>, table: string): Promise<readonly string[]> {
  const { rows } = await sql<{ attname: string }>`
    SELECT attname::text FROM pg_attribute
    WHERE attrelid = ${table}::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
    ORDER BY attnum`.execute(db);
  return rows.map(({ attname }) => attname);
}
