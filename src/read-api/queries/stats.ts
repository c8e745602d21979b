import { sql } from 'kysely';
import type { ReadDatabase } from '../read-database.ts';

export interface Stats {
  readonly total_projects: number;
  readonly active_projects: number;
  readonly total_work_items: number;
  readonly active_work_items: number;
  readonly inflight_work_items: number;
  readonly work_items_by_status: { readonly [status: string]: number };
  readonly work_items_by_type: { readonly [type: string]: number };
  readonly total_components: number;
}

/** What there is, counted (spec/http.md, `GET /stats`); in one statement, so that it adds up. */
export async function readStats(db: ReadDatabase): Promise<Stats> {
  const counts = await db
    .selectNoFrom((eb) => [
      eb.selectFrom('projects').select(sql<bigint>`count(*)`.as('n')).as('total_projects'),
      eb.selectFrom('components').select(sql<bigint>`count(*)`.as('n')).as('total_components'),
      eb
        .selectFrom('projects')
        .select(sql<bigint>`count(*)`.as('n'))
        .where('active', '=', true)
        .as('active_projects'),
      eb
        .selectFrom(
          eb
            .selectFrom('work_items')
            .select(['active', 'status', 'work_type', sql<number>`count(*)::int`.as('n')])
            .groupBy(['active', 'status', 'work_type'])
            .as('groups'),
        )
        .select(sql<Group[]>`coalesce(json_agg(groups), '[]')`.as('all'))
        .as('groups'),
    ])
    .executeTakeFirstOrThrow();
  const groups = counts.groups ?? [];
  const active = groups.filter((group) => group.active);
  return {
    total_projects: Number(counts.total_projects),
    active_projects: Number(counts.active_projects),
    total_work_items: sum(groups),
    active_work_items: sum(active),
    inflight_work_items: sum(active.filter((group) => group.status !== 'clean')),
    work_items_by_status: sumBy(groups, 'status'),
    work_items_by_type: sumBy(groups, 'work_type'),
    total_components: Number(counts.total_components),
  };
}

interface Group {
  readonly active: boolean;
  readonly status: string;
  readonly work_type: string;
  readonly n: number;
}

const sum = (groups: readonly Group[]): number => groups.reduce((total, { n }) => total + n, 0);

function sumBy(groups: readonly Group[], column: 'status' | 'work_type') {
  const parts = Map.groupBy(groups, (group) => group[column]);
  return Object.fromEntries([...parts].map(([name, part]) => [name, sum(part)]).sort());
}
