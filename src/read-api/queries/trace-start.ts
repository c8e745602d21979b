import { type Expression, type ExpressionBuilder, sql } from 'kysely';
import type { ReadModels } from '../../projections/tables.ts';
import type { Reader } from '../read-database.ts';
import type { TracedEntity, TracedProject } from '../traced-entity.ts';

/** What a trace starts from, as the database knows it. */
export type TraceStart =
  | { readonly type: 'deploy'; readonly id: string }
  | Exclude<TracedEntity, { type: 'deploy' }>;

/** Ids of the work items that an entity belongs to; `names` are those of a ticket. */
export function workItemsAt(from: Reader, start: TraceStart) {
  switch (start.type) {
    case 'ticket':
      return from
        .selectFrom('ticket_links')
        .select('work_item_id as id')
        .where((eb) => isAmong(eb.ref('plane_ticket_id'), sql<string>`SELECT name FROM names`));
    case 'work_item':
      return from.selectFrom('work_items').select('id').where('id', '=', start.id);
    case 'branch':
      return from
        .selectFrom('work_items')
        .select('id')
        .where('branch_name', '=', start.branch_name)
        .$if(start.project !== null, (query) =>
          query.where((eb) => eb('project_id', 'in', projectsAt(eb, start.project))),
        );
    case 'commit':
      return from
        .selectFrom('commits')
        .select('work_item_id as id')
        .where((eb) => isCommit(eb.ref('hash'), start.hash));
    case 'pr':
      return from
        .selectFrom('pr_links')
        .select('work_item_id as id')
        .where((eb) => isPr(eb, start));
    case 'deploy':
      return from
        .selectFrom('deploy_links')
        .select('work_item_id as id')
        .where('deploy', '=', start.id);
  }
}

/**
 * Whether a column holds one of these ids. As an array they are worked out first, and looked up in
 * the parts of a view; `IN` would join the whole view: a second, with 100,000 work items.
 */
export const isAmong = (column: Expression<string>, ids: Expression<string>) =>
  sql<boolean>`${column} = ANY(ARRAY(${ids}))`;

/** Whether a column holds this commit, each hash short or in full. */
export const isCommit = (column: Expression<string>, hash: string) =>
  sql<boolean>`(left(${column}, 7) = left(${hash}, 7)
    AND (starts_with(${column}, ${hash}) OR starts_with(${hash}, ${column})))`;

/** Whether a row of `pr_links` is the pull request that the trace starts from. */
export function isPr(
  eb: ExpressionBuilder<ReadModels, 'pr_links'>,
  start: Extract<TraceStart, { type: 'pr' }>,
) {
  if ('pr_url' in start) return eb('pr_url', '=', start.pr_url);
  const number = eb('pr_number', '=', start.pr_number);
  if (start.project === null) return number;
  return eb.and([number, eb('project_id', 'in', projectsAt(eb, start.project))]);
}

/** Ids of the projects that may be meant: of `owner/repo`, the one on each host. */
const projectsAt = (
  from: Pick<ExpressionBuilder<ReadModels, never>, 'selectFrom'>,
  project: TracedProject | null,
) =>
  project === null
    ? from.selectFrom('projects').select('projects.id')
    : 'id' in project
      ? from.selectFrom('projects').select('projects.id').where('projects.id', '=', project.id)
      : from
          .selectFrom('projects')
          .select('projects.id')
          .where(sql<boolean>`projects.origin_key = ANY(${project.originKeys}::text[])`);
