import { Pool } from 'pg';
import type { Stand } from './stand.ts';

/** Connections of the bench itself to the stand's database. */
export function poolOf(stand: Stand, max: number): Pool {
  const pool = new Pool({ connectionString: stand.databaseUrl, max });
  // After a job that came to no end its stand is closed all the same, and the other jobs go on.
  pool.on('error', () => {});
  return pool;
}
