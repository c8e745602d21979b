import type { Kysely } from 'kysely';
import type { ImiEvent } from '../events/catalogue.ts';
import { isPullRequestEvent, type PullRequest } from '../events/pull-request.ts';
import {
  evolveWorkItem,
  type TicketLink,
  type WorkItem,
  type WorkItemEvent,
  workItemEvents,
} from '../events/work-item.ts';
import { type CommitRow, commitColumns, commitRowsOf, filledIn } from './commit-rows.ts';
import type { Tables } from './database.ts';
import { type ColumnTypes, type RowFold, selectByIds, upsertRows } from './row-fold.ts';
import { assertStorable } from './storable.ts';
import type { PrLinksTable, TicketLinksTable, WorkItemLists, WorkItemsTable } from './tables.ts';
import { TouchedFiles } from './touched-files.ts';

const columns = {
  id: 'uuid',
  project_id: 'uuid',
  project_name: 'text',
  remote_origin: 'text',
  branch_name: 'text',
  work_type: 'text',
  source_type: 'text',
  source_ref: 'text',
  owner_id: 'text',
  worktree_path: 'text',
  worktree: 'jsonb',
  has_uncommitted_changes: 'boolean',
  uncommitted_files_count: 'integer',
  ahead_of_trunk: 'integer',
  behind_trunk: 'integer',
  last_commit_hash: 'text',
  last_commit_message: 'text',
  last_sync_at: 'timestamptz',
  last_activity_at: 'timestamptz',
  pushed_head_hash: 'text',
  pushed_at: 'timestamptz',
  branch_deleted_at: 'timestamptz',
  completed_at: 'timestamptz',
  completion_type: 'text',
  completed_by: 'text',
  merge_commit_hash: 'text',
  metadata: 'jsonb',
  active: 'boolean',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
  revision: 'integer',
  position: 'bigint',
} as const satisfies Record<
  Exclude<keyof WorkItemsTable, 'status' | 'advice'>,
  ColumnTypes[string]
>;

const linkColumns = {
  id: 'uuid',
  work_item_id: 'uuid',
  plane_ticket_id: 'text',
  ticket_title: 'text',
  ticket_url: 'text',
  metadata: 'jsonb',
  created_at: 'timestamptz',
  position: 'bigint',
} as const satisfies Record<keyof TicketLinksTable, ColumnTypes[string]>;

const prColumns = {
  id: 'uuid',
  work_item_id: 'uuid',
  project_id: 'uuid',
  pr_number: 'integer',
  pr_url: 'text',
  pr_state: 'text',
  pr_title: 'text',
  head_commit_hash: 'text',
  pr_updated_at: 'timestamptz',
  merge_commit_hash: 'text',
  merged_by: 'text',
  metadata: 'jsonb',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
  position: 'bigint',
} as const satisfies Record<keyof PrLinksTable, ColumnTypes[string]>;

type WorkItemRow = Omit<WorkItem, WorkItemLists> & {
  readonly revision: number;
  readonly position: bigint;
};
type LinkRow = TicketLink & { readonly work_item_id: string; readonly position: bigint };
type PrRow = PullRequest & {
  readonly work_item_id: string;
  readonly project_id: string;
  readonly position: bigint;
};
type HandledEvent = Extract<ImiEvent, WorkItemEvent>;

/**
 * Tables `work_items`, `ticket_links`, `pr_links`, `commits` and `touched_files`: all that a work
 * item's stream tells.
 */
export class WorkItemFold implements RowFold {
  readonly #rows = new Map<string, WorkItemRow>();
  readonly #changed = new Map<string, WorkItemRow>();
  readonly #links = new Map<string, LinkRow>();
  readonly #prs = new Map<string, PullRequest>();
  readonly #changedPrs = new Map<string, PrRow>();
  readonly #commits = new Map<string, CommitRow>();
  readonly #files = new TouchedFiles();

  handles(event: ImiEvent): event is HandledEvent {
    return Object.hasOwn(workItemEvents, event.type);
  }

  async load(trx: Kysely<Tables>, schema: string, events: readonly HandledEvent[]): Promise<void> {
    const ids = [...new Set(events.map(idOf))];
    for (const row of await selectByIds<WorkItemRow>(trx, schema, 'work_items', columns, ids)) {
      this.#rows.set(row.id, row);
    }
    const prIds = [...new Set(events.flatMap((event) => prIdOf(event) ?? []))];
    if (prIds.length === 0) return;
    for (const row of await selectByIds<PrRow>(trx, schema, 'pr_links', prColumns, prIds)) {
      this.#prs.set(row.id, row);
    }
  }

  apply(event: HandledEvent): void {
    const id = idOf(event);
    const { revision, position } = event;
    const before = this.#rows.get(id);
    const pr = this.#prs.get(prIdOf(event) ?? '');
    // An item may have any number of links and commits, and no fold looks at the earlier ones,
    // except a pull request's at itself: each is a row of its own, written when it comes, and none
    // is read again for every change of git state.
    const links = { tickets: [], prs: pr ? [pr] : [], pushed_commits: [], touched_paths: [] };
    const state = before === undefined ? null : { ...before, ...links };
    const { tickets, prs, pushed_commits, touched_paths, ...item } = evolveWorkItem(
      state,
      event,
      event.metadata.occurred_at,
    );
    const row = { ...item, revision, position };
    const prRows = isPullRequestEvent(event)
      ? prs.map((each) => ({ ...each, work_item_id: id, project_id: row.project_id, position }))
      : [];
    const commits = commitRowsOf(event, id, before);
    for (const each of [row, ...tickets, ...prRows, ...commits]) assertStorable(each);
    this.#rows.set(id, row);
    this.#changed.set(id, row);
    for (const link of tickets) {
      this.#links.set(link.id.toLowerCase(), {
        ...link,
        work_item_id: id,
        position,
      });
    }
    for (const each of prRows) {
      this.#prs.set(each.id, each);
      this.#changedPrs.set(each.id, each);
    }
    for (const commit of commits) {
      const known = this.#commits.get(commit.id);
      this.#commits.set(commit.id, known ? filledIn(known, commit) : commit);
    }
    this.#files.apply(event, row);
  }

  async write(trx: Kysely<Tables>, schema: string): Promise<void> {
    await upsertRows(trx, schema, 'work_items', columns, [...this.#changed.values()]);
    await upsertRows(trx, schema, 'ticket_links', linkColumns, [...this.#links.values()]);
    await upsertRows(trx, schema, 'pr_links', prColumns, [...this.#changedPrs.values()]);
    await upsertRows(trx, schema, 'commits', commitColumns, [...this.#commits.values()], 'fill');
    await this.#files.write(trx, schema);
  }
}

/** As the database writes it, whatever the case in the event. */
const idOf = (event: HandledEvent): string => event.data.work_item_id.toLowerCase();

const prIdOf = (event: HandledEvent): string | null =>
  isPullRequestEvent(event) ? event.data.pr_link_id : null;
