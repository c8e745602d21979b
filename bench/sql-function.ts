import type { Pool } from 'pg';

/** What v2 did for the same: one function that updates the row and logs the activity. */
export async function createFunction(pool: Pool): Promise<void> {
  await pool.query(`
    CREATE SCHEMA bench;
    CREATE TABLE bench.worktrees (
      id int PRIMARY KEY, ahead_of_trunk int NOT NULL, updated_at timestamptz NOT NULL);
    CREATE TABLE bench.activities (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(), worktree_id int NOT NULL,
      activity jsonb NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
    INSERT INTO bench.worktrees SELECT n, 0, now() FROM generate_series(1, 500) AS n;
    CREATE FUNCTION bench.update_worktree_git_state(p_id int, p_ahead int) RETURNS void AS $$
    BEGIN
      UPDATE bench.worktrees SET ahead_of_trunk = p_ahead, updated_at = now() WHERE id = p_id;
      IF NOT FOUND THEN RAISE EXCEPTION 'unknown worktree %', p_id; END IF;
      INSERT INTO bench.activities (worktree_id, activity)
        VALUES (p_id, jsonb_build_object('type', 'synced', 'ahead', p_ahead));
    END $$ LANGUAGE plpgsql`);
}

let calls = 0;

export async function callFunction(pool: Pool): Promise<void> {
  calls += 1;
  const parameters = [1 + (calls % 500), calls];
  await pool.query('SELECT bench.update_worktree_git_state($1, $2)', parameters);
}
