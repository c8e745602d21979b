import type { Kysely } from 'kysely';
import type { ImiEvent } from '../events/catalogue.ts';
import {
  evolveWorkItem,
  type TicketLink,
  type WorkItem,
  type WorkItemEvent,
  workItemEvents,
} from '../events/work-item.ts';
import type { Tables } from './database.ts';
import { type ColumnTypes, type RowFold, selectByIds, upsertRows } from './row-fold.ts';
import { assertStorable } from './storable.ts';
import type { TicketLinksTable, WorkItemsTable } from './tables.ts';

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

type WorkItemRow = Omit<WorkItem, 'tickets'> & {
  readonly revision: number;
  readonly position: bigint;
};
type LinkRow = TicketLink & { readonly work_item_id: string; readonly position: bigint };
type HandledEvent = Extract<ImiEvent, WorkItemEvent>;

/** Tables `work_items` and `ticket_links`. */
export class WorkItemFold implements RowFold {
  readonly #rows = new Map<string, WorkItemRow>();
  readonly #changed = new Map<string, WorkItemRow>();
  readonly #links = new Map<string, LinkRow>();

  handles(event: ImiEvent): event is HandledEvent {
    return Object.hasOwn(workItemEvents, event.type);
  }

  async load(trx: Kysely<Tables>, schema: string, events: readonly HandledEvent[]): Promise<void> {
    const ids = [...new Set(events.map(idOf))];
    for (const row of await selectByIds<WorkItemRow>(trx, schema, 'work_items', columns, ids)) {
      this.#rows.set(row.id, row);
    }
  }

  apply(event: HandledEvent): void {
    const id = idOf(event);
    const { revision, position } = event;
    const before = this.#rows.get(id);
    // An item may have any number of links and no fold looks at the earlier ones: each is a row
    // of its own, written when it comes, and none is read again for every change of git state.
    const state = before === undefined ? null : { ...before, tickets: [] };
    const { tickets, ...item } = evolveWorkItem(state, event, event.metadata.occurred_at);
    const row = { ...item, revision, position };
    for (const each of [row, ...tickets]) assertStorable(each);
    this.#rows.set(id, row);
    this.#changed.set(id, row);
    for (const link of tickets) {
      this.#links.set(link.id.toLowerCase(), {
        ...link,
        work_item_id: id,
        position,
      });
    }
  }

  async write(trx: Kysely<Tables>, schema: string): Promise<void> {
    await upsertRows(trx, schema, 'work_items', columns, [...this.#changed.values()]);
    await upsertRows(trx, schema, 'ticket_links', linkColumns, [...this.#links.values()]);
  }
}

/** As the database writes it, whatever the case in the event. */
const idOf = (event: HandledEvent): string => event.data.work_item_id.toLowerCase();
