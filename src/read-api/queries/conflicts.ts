import { type RawBuilder, sql } from 'kysely';
import type { ConflictResource } from '../../http/schemas/conflict.ts';
import { utc } from '../../projections/shown-links.ts';
import type { ReadDatabase } from '../read-database.ts';

/** What conflicts are looked for: those of one work item, at some paths, or within a project. */
export interface ConflictQuestion {
  readonly work_item_id?: string | undefined;
  readonly project_id?: string | undefined;
  readonly paths?: readonly string[] | undefined;
}

const shownFiles = 100;

/**
 * The active work that touches the same files as what is asked about, or is for the same ticket:
 * the longest at it first. Files count within one project; a ticket may be worked on in several.
 */
export async function findConflicts(
  db: ReadDatabase,
  question: ConflictQuestion,
  limit: number,
): Promise<ConflictResource[]> {
  const shared = [sharedFiles(question), ...(question.paths ? [] : [sharedTickets(question)])];
  const { rows } = await sql<ConflictResource>`
    WITH shared (work_item_id, with_work_item_id, path, plane_ticket_id, since) AS (
      ${sql.join(shared, sql` UNION ALL `)}
    ), conflict AS (
      SELECT work_item_id, with_work_item_id, min(since) AS since, count(path)::int AS file_count,
        ${listOf('path', utc(sql`since`))} AS files,
        ${listOf('plane_ticket_id', utc(sql`since`))} AS tickets
      FROM shared GROUP BY work_item_id, with_work_item_id
    )
    SELECT conflict.*, item.project_id, item.project_name, item.branch_name, item.owner_id,
      item.worktree_path, item.status
    FROM conflict JOIN ${table(db, 'work_items')} AS item ON item.id = conflict.work_item_id
    WHERE item.active
    ORDER BY conflict.since, item.id, conflict.with_work_item_id LIMIT ${limit}`.execute(db);
  return rows.map((row) => ({ ...row, files: row.files.slice(0, shownFiles) }));

  function sharedFiles({ work_item_id, project_id, paths }: ConflictQuestion) {
    const files = table(db, 'touched_files');
    if (paths !== undefined) {
      return sql`
        SELECT work_item_id, ${work_item_id ?? null}::uuid, path, NULL::text, touched_at
        FROM ${files} AS file
        WHERE path = ANY(${[...paths]}::text[])
          AND (${project_id ?? null}::uuid IS NULL OR project_id = ${project_id ?? null})
          AND work_item_id IS DISTINCT FROM ${work_item_id ?? null}::uuid`;
    }
    return sql`
      SELECT other.work_item_id, mine.work_item_id, other.path, NULL::text, other.touched_at
      FROM ${files} AS mine
      JOIN ${files} AS other ON other.project_id = mine.project_id AND other.path = mine.path
        AND other.work_item_id <> mine.work_item_id
      WHERE ${asked('mine', { work_item_id, project_id })}`;
  }

  function sharedTickets(asking: ConflictQuestion) {
    const [links, items] = [table(db, 'ticket_links'), table(db, 'work_items')];
    return sql`
      SELECT other.work_item_id, mine.id, NULL::text, other.plane_ticket_id, other.created_at
      FROM ${items} AS mine
      JOIN ${links} AS link ON link.work_item_id = mine.id
      JOIN ${links} AS other ON other.plane_ticket_id = link.plane_ticket_id
        AND other.work_item_id <> mine.id
      WHERE mine.active AND ${asked('mine', asking, 'id')}`;
  }
}

const asked = (
  alias: string,
  { work_item_id, project_id }: ConflictQuestion,
  idColumn = 'work_item_id',
) =>
  work_item_id === undefined
    ? sql`${sql.ref(`${alias}.project_id`)} = ${project_id ?? null}`
    : sql`${sql.ref(`${alias}.${idColumn}`)} = ${work_item_id}`;

/** The table that a query of this reader would read, for raw SQL. */
const table = (db: ReadDatabase, name: 'touched_files' | 'ticket_links' | 'work_items') =>
  sql`(${db.selectFrom(name).selectAll()})`;

/** What is shared of one kind, each with its time, as a JSON list in order. */
const listOf = (column: string, since: RawBuilder<unknown>) => sql`coalesce(
  json_agg(json_build_object(${sql.lit(column)}, ${sql.ref(column)}, 'since', ${since})
    ORDER BY ${sql.ref(column)}) FILTER (WHERE ${sql.ref(column)} IS NOT NULL), '[]')`;
