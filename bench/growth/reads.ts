import type { Pool } from 'pg';
import { liveSchema } from '../../src/projections/tables.ts';

/** One kind of question to the read API. */
export interface Read {
  readonly name: string;
  /** A path for each of the entities that are asked about, in turn. */
  readonly path: (entity: Entity) => string;
  readonly target?: string;
}

export interface Entity {
  readonly id: string;
  readonly project_id: string;
  readonly remote_origin: string;
  readonly ticket: string;
}

export const reads: readonly Read[] = [
  { name: 'in flight', path: () => '/work/inflight', target: 'p95 ≤ 12.5 ms' },
  {
    name: 'in flight of a project',
    path: ({ project_id }) => `/work/inflight?project_id=${project_id}`,
  },
  {
    name: 'project by origin',
    path: ({ remote_origin }) =>
      `/projects/by-origin?remote_origin=${encodeURIComponent(remote_origin)}`,
  },
  { name: 'project by id', path: ({ project_id }) => `/projects/${project_id}` },
  { name: 'work item by id', path: ({ id }) => `/work/${id}` },
  { name: 'work of a status', path: () => '/work?status=ahead' },
  { name: 'trace', path: ({ ticket }) => `/trace/ticket/${ticket}`, target: 'p95 ≤ 25 ms' },
];

/** Some of the filled work items, from everywhere among them. */
export async function someEntities(pool: Pool): Promise<readonly Entity[]> {
  const { rows } = await pool.query<Entity>(
    `SELECT id, project_id, remote_origin, source_ref AS ticket FROM ${liveSchema}.work_items
     ORDER BY md5(id::text) LIMIT 1000`,
  );
  return rows;
}
