import type { ImiEvent } from '../events/catalogue.ts';
import { isPullRequestEvent, type PullRequest } from '../events/pull-request.ts';
import {
  evolveWorkItem,
  type TicketLink,
  type WorkItem,
  type WorkItemEvent,
  workItemEvents,
} from '../events/work-item.ts';
import { type CommitRow, commitRowsOf, commitsTable, filledIn } from './commit-rows.ts';
import type { Generation } from './generation.ts';
import { KnownRows } from './known-rows.ts';
import type { Change, ColumnTypes, FoldedTable, RowFold } from './row-fold.ts';
import { selectByIds } from './select-rows.ts';
import { assertStorable } from './storable.ts';
import type { TicketLinksTable, WorkItemLists } from './tables.ts';
import { TouchedFiles } from './touched-files.ts';
import { versionedTables } from './versioned-tables.ts';

const { work_items, pr_links } = versionedTables;

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

const ticketLinks: FoldedTable = { table: 'ticket_links', columns: linkColumns };

/**
 * An item may have any number of links and commits, and no fold looks at the earlier ones, except a
 * pull request's at itself: each is a row of its own, written when it comes, and none is read again
 * for every change of git state.
 */
const noLists: Pick<WorkItem, WorkItemLists> = {
  tickets: [],
  prs: [],
  pushed_commits: [],
  touched_paths: [],
};

/** Its lists are empty. */
type WorkItemRow = WorkItem & {
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
 * Tables `work_items` and `pr_links` with their versions, `ticket_links`, `commits` and
 * `touched_files`: all that a work item's stream tells.
 */
export class WorkItemFold implements RowFold {
  readonly #rows = new KnownRows<WorkItemRow>();
  readonly #prs = new KnownRows<PullRequest>();
  #versions: WorkItemRow[] = [];
  #prVersions: PrRow[] = [];
  #links = new Map<string, LinkRow>();
  #commits = new Map<string, CommitRow>();
  readonly #files = new TouchedFiles();

  handles(event: ImiEvent): event is HandledEvent {
    return Object.hasOwn(workItemEvents, event.type);
  }

  async load(from: Generation, events: readonly HandledEvent[]): Promise<void> {
    const ids = this.#rows.unknown(events.map(idOf));
    for (const row of await selectByIds<WorkItemRow>(from, work_items, ids)) {
      this.#rows.set(row.id, { ...row, ...noLists });
    }
    const prIds = this.#prs.unknown(events.flatMap((event) => prIdOf(event) ?? []));
    for (const row of await selectByIds<PrRow>(from, pr_links, prIds)) {
      this.#prs.set(row.id, row);
    }
  }

  apply(event: HandledEvent): void {
    const id = idOf(event);
    const { revision, position } = event;
    const before = this.#rows.get(id);
    const pr = this.#prs.get(prIdOf(event) ?? '');
    const state = before && pr ? { ...before, prs: [pr] } : (before ?? null);
    const item = evolveWorkItem(state, event, event.metadata.occurred_at);
    const { tickets, prs } = item;
    const row = { ...item, ...noLists, revision, position };
    const prRows = isPullRequestEvent(event)
      ? prs.map((each) => ({ ...each, work_item_id: id, project_id: row.project_id, position }))
      : [];
    const commits = commitRowsOf(event, id, before);
    assertStorable(row, before);
    for (const each of [...tickets, ...prRows, ...commits]) assertStorable(each);
    this.#files.apply(event, row);
    this.#rows.set(id, row);
    this.#versions.push(row);
    for (const link of tickets) {
      this.#links.set(link.id.toLowerCase(), {
        ...link,
        work_item_id: id,
        position,
      });
    }
    for (const each of prRows) {
      this.#prs.set(each.id, each);
      this.#prVersions.push(each);
    }
    for (const commit of commits) {
      const known = this.#commits.get(commit.id);
      this.#commits.set(commit.id, known ? filledIn(known, commit) : commit);
    }
  }

  take(): readonly Change[] {
    const [versions, prVersions] = [this.#versions, this.#prVersions];
    const links = [...this.#links.values()];
    const commits = [...this.#commits.values()];
    const files = this.#files.take();
    [this.#versions, this.#prVersions] = [[], []];
    this.#links = new Map();
    this.#commits = new Map();
    this.#rows.endBatch();
    this.#prs.endBatch();
    return [
      { kind: 'versions', of: work_items, rows: versions },
      { kind: 'replace', of: ticketLinks, rows: links },
      { kind: 'versions', of: pr_links, rows: prVersions },
      { kind: 'fill', of: commitsTable, rows: commits },
      ...files,
    ];
  }
}

/** As the database writes it, whatever the case in the event. */
const idOf = (event: HandledEvent): string => event.data.work_item_id.toLowerCase();

const prIdOf = (event: HandledEvent): string | null =>
  isPullRequestEvent(event) ? event.data.pr_link_id : null;
