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
import { type RowFold, selectByIds, upsertRows } from './row-fold.ts';
import { assertStorable } from './storable.ts';
import type { TicketLinksTable, WorkItemsTable } from './tables.ts';

const columns = [
  'id',
  'project_id',
  'project_name',
  'remote_origin',
  'branch_name',
  'work_type',
  'source_type',
  'source_ref',
  'owner_id',
  'worktree_path',
  'worktree',
  'has_uncommitted_changes',
  'uncommitted_files_count',
  'ahead_of_trunk',
  'behind_trunk',
  'last_commit_hash',
  'last_commit_message',
  'last_sync_at',
  'last_activity_at',
  'completed_at',
  'completion_type',
  'completed_by',
  'merge_commit_hash',
  'metadata',
  'active',
  'created_at',
  'updated_at',
  'revision',
  'position',
] as const satisfies readonly (keyof WorkItemsTable)[];

const linkColumns = [
  'id',
  'work_item_id',
  'plane_ticket_id',
  'ticket_title',
  'ticket_url',
  'metadata',
  'created_at',
  'position',
] as const satisfies readonly (keyof TicketLinksTable)[];

type WorkItemRow = Omit<WorkItem, 'tickets'> & {
  readonly revision: number;
  readonly position: bigint;
};
type LinkRow = TicketLink & { readonly work_item_id: string; readonly position: string };
type HandledEvent = Extract<ImiEvent, WorkItemEvent>;

/** Tables `work_items` and `ticket_links`. */
export class WorkItemFold implements RowFold {
  readonly #rows = new Map<string, WorkItemRow>();
  readonly #changed = new Set<string>();
  readonly #links = new Map<string, LinkRow>();

  handles(event: ImiEvent): event is HandledEvent {
    return Object.hasOwn(workItemEvents, event.type);
  }

  async load(trx: Kysely<Tables>, schema: string, events: readonly HandledEvent[]): Promise<void> {
    const ids = [...new Set(events.map(idOf))];
    for (const row of await selectByIds<WorkItemRow>(trx, 'work_items', schema, columns, ids)) {
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
    this.#changed.add(id);
    for (const link of tickets) {
      this.#links.set(link.id.toLowerCase(), {
        ...link,
        work_item_id: id,
        position: String(position),
      });
    }
  }

  async write(trx: Kysely<Tables>, schema: string): Promise<void> {
    const rows = [...this.#changed].map((id) => {
      const row = this.#rows.get(id);
      return { ...row, position: String(row?.position) };
    });
    await upsertRows(trx, 'work_items', schema, columns, rows);
    await upsertRows(trx, 'ticket_links', schema, linkColumns, [...this.#links.values()]);
  }
}

/** As the database writes it, whatever the case in the event. */
const idOf = (event: HandledEvent): string => event.data.work_item_id.toLowerCase();
