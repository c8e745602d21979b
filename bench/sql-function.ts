import type { Pool } from 'pg';
import type { GitStateOf } from './git-states.ts';

/** What v2 did for the same: one function that updates the row and logs the activity. */
export async function createFunction(pool: Pool): Promise<void> {
  await pool.query(`
    CREATE SCHEMA bench;
    CREATE TABLE bench.worktrees (
      id uuid PRIMARY KEY, ahead_of_trunk int NOT NULL, updated_at timestamptz NOT NULL);
    CREATE TABLE bench.activities (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(), worktree_id uuid NOT NULL,
      activity jsonb NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
    CREATE FUNCTION bench.update_worktree_git_state(p_id uuid, p_ahead int) RETURNS void AS $$
    BEGIN
      UPDATE bench.worktrees SET ahead_of_trunk = p_ahead, updated_at = now() WHERE id = p_id;
      IF NOT FOUND THEN RAISE EXCEPTION 'unknown worktree %', p_id; END IF;
      INSERT INTO bench.activities (worktree_id, activity)
        VALUES (p_id, jsonb_build_object('type', 'synced', 'ahead', p_ahead));
    END $$ LANGUAGE plpgsql`);
}

export async function addWorktrees(pool: Pool, ids: readonly string[]): Promise<void> {
  const statement = 'INSERT INTO bench.worktrees SELECT id, 0, now() FROM unnest($1::uuid[]) AS id';
  await pool.query(statement, [ids]);
}

export async function callFunction(pool: Pool, state: GitStateOf): Promise<void> {
  await pool.query('SELECT bench.update_worktree_git_state($1, $2)', [
    state.work_item_id,
    state.ahead_of_trunk,
  ]);
}
