import { type QueryCreator, type Selectable, sql } from 'kysely';
import { jsonArrayFrom } from 'kysely/helpers/postgres';
import type { ComponentGraph, RelationshipResource } from '../../http/schemas/component.ts';
import type { ComponentRelationshipsTable, ReadModels } from '../../projections/tables.ts';
import type { ReadDatabase } from '../read-database.ts';
import { componentOf } from './components.ts';
import type { Paging } from './projects.ts';

/** Which way relationships are followed: from source to target, back, or both. */
export const directions = ['outgoing', 'incoming', 'both'] as const;
export type Direction = (typeof directions)[number];

/** A relationship by its id. */
export async function findRelationship(
  db: ReadDatabase,
  id: string,
): Promise<RelationshipResource | null> {
  const row = await db
    .selectFrom('component_relationships')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  return row ? relationshipOf(row) : null;
}

/** One page of the relationships that a component is an end of, oldest first. */
export async function relationshipsOf(
  db: ReadDatabase,
  componentId: string,
  direction: Direction,
  { offset, limit }: Paging,
): Promise<{ readonly items: RelationshipResource[]; readonly total: number }> {
  const found = db
    .selectFrom('component_relationships')
    .where((eb) =>
      eb.or([
        ...(direction === 'incoming' ? [] : [eb('source_component_id', '=', componentId)]),
        ...(direction === 'outgoing' ? [] : [eb('target_component_id', '=', componentId)]),
      ]),
    );
  const [rows, { n }] = await Promise.all([
    found.selectAll().orderBy('created_at').orderBy('id').offset(offset).limit(limit).execute(),
    found.select((eb) => eb.fn.countAll<bigint>().as('n')).executeTakeFirstOrThrow(),
  ]);
  return { items: rows.map(relationshipOf), total: Number(n) };
}

/**
 * A component and all that can be reached from it, at most `limit` components; null when there is
 * no such component. One recursive query, whose `UNION` keeps each component once: a cycle ends it.
 */
export async function readGraph(
  db: ReadDatabase,
  componentId: string,
  direction: Direction,
  limit: number,
): Promise<ComponentGraph | null> {
  const rows = await db
    .withRecursive('edges', (qc) => edgesFrom(qc, direction))
    .withRecursive('reachable(id)', (qc) =>
      qc
        .selectFrom('components')
        .select('id')
        .where('id', '=', componentId)
        .union(
          qc
            .selectFrom('reachable')
            .innerJoin('edges', 'edges.near', 'reachable.id')
            .select('edges.far as id'),
        ),
    )
    .with('shown', (qc) =>
      qc
        .selectFrom('reachable')
        .select('id')
        .limit(limit + 1),
    )
    .selectFrom('components')
    .innerJoin('shown', 'shown.id', 'components.id')
    .selectAll('components')
    .select((eb) =>
      jsonArrayFrom(
        eb
          .selectFrom('component_relationships as r')
          .innerJoin('shown as end', 'end.id', 'r.target_component_id')
          .select([
            'r.id as relationship_id',
            'r.source_component_id',
            'r.target_component_id',
            'r.relationship_type',
          ])
          .whereRef('r.source_component_id', '=', 'components.id')
          .orderBy('r.created_at')
          .orderBy('r.id'),
      ).as('edges'),
    )
    .orderBy(sql<boolean>`components.id <> ${componentId}`)
    .orderBy('components.name')
    .orderBy('components.id')
    .execute();
  if (rows.length === 0) return null;
  const shown = rows.slice(0, limit);
  const ids = new Set(shown.map((row) => row.id));
  return {
    component_id: componentId,
    components: shown.map(componentOf),
    relationships: shown.flatMap((row) =>
      row.edges.filter((edge) => ids.has(edge.target_component_id)),
    ),
    truncated: rows.length > limit,
  };
}

/** Relationships as steps from a component that was reached to the next. */
function edgesFrom(db: QueryCreator<ReadModels>, direction: Direction) {
  const outgoing = db
    .selectFrom('component_relationships')
    .select(['source_component_id as near', 'target_component_id as far']);
  const incoming = db
    .selectFrom('component_relationships')
    .select(['target_component_id as near', 'source_component_id as far']);
  if (direction === 'both') return outgoing.unionAll(incoming);
  return direction === 'outgoing' ? outgoing : incoming;
}

const relationshipOf = (row: Selectable<ComponentRelationshipsTable>): RelationshipResource => ({
  id: row.id,
  relationship_id: row.id,
  source_component_id: row.source_component_id,
  source_component_name: row.source_component_name,
  target_component_id: row.target_component_id,
  target_component_name: row.target_component_name,
  relationship_type: row.relationship_type,
  metadata: row.metadata,
  created_at: row.created_at,
});
