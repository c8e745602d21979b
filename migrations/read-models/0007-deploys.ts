import { type Kysely, sql } from 'kysely';

/**
 * What a deploy ships is worked out when it is read (view `deploy_links`): the work items it names,
 * and those with a commit that it names. Commits, merges and whole work items are often told after
 * the deploy; a join sees them whichever came first, while links that were written down would have
 * to be looked for again at every push. Nothing else is counted in, so the first deploy of an
 * environment ships what it names and not all that ever was.
 *
 * A short hash may name commits of two repositories, so the repository has to fit where it is known.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE deploys (
      id uuid PRIMARY KEY,
      deploy_id text NOT NULL,
      environment text NOT NULL,
      commit_hash text NOT NULL,
      deployed_at timestamptz(3) NOT NULL,
      result text NOT NULL CHECK (result IN ('success', 'failure')),
      project_id uuid,
      project_name text,
      remote_origin text,
      metadata jsonb NOT NULL CHECK (jsonb_typeof(metadata) = 'object'),
      created_at timestamptz(3) NOT NULL,
      updated_at timestamptz(3) NOT NULL,
      revision integer NOT NULL,
      position bigint NOT NULL
    )`.execute(db);
  await sql`
    CREATE TABLE deploy_commits (
      id uuid PRIMARY KEY,
      deploy uuid NOT NULL,
      hash text NOT NULL,
      place integer NOT NULL
    )`.execute(db);
  await sql`CREATE INDEX deploy_commits_hash ON deploy_commits (left(hash, 7))`.execute(db);
  await sql`CREATE INDEX deploy_commits_deploy ON deploy_commits (deploy)`.execute(db);
  await sql`
    CREATE TABLE deploy_work_items (
      id uuid PRIMARY KEY,
      deploy uuid NOT NULL,
      work_item_id uuid NOT NULL
    )`.execute(db);
  await sql`CREATE INDEX deploy_work_items_deploy ON deploy_work_items (deploy)`.execute(db);
  await sql`
    CREATE INDEX deploy_work_items_work_item ON deploy_work_items (work_item_id)
  `.execute(db);
  await sql`
    CREATE VIEW deploy_links AS
      SELECT named.deploy, named.work_item_id
      FROM deploy_work_items AS named
      JOIN deploys ON deploys.id = named.deploy
      WHERE deploys.result = 'success'
    UNION
      SELECT shipped.deploy, commits.work_item_id
      FROM deploy_commits AS shipped
      JOIN deploys ON deploys.id = shipped.deploy
      JOIN commits ON left(commits.hash, 7) = left(shipped.hash, 7)
        AND (starts_with(commits.hash, shipped.hash) OR starts_with(shipped.hash, commits.hash))
      JOIN work_items ON work_items.id = commits.work_item_id
      WHERE deploys.result = 'success'
        AND (deploys.remote_origin IS NULL
          OR lower(deploys.remote_origin) = lower(work_items.remote_origin))
  `.execute(db);
}
