import type { ImiEvent } from '../events/catalogue.ts';
import {
  evolveUntracked,
  type UntrackedEvent,
  type UntrackedWork,
  untrackedEvents,
} from '../events/untracked.ts';
import type { Generation } from './generation.ts';
import { KnownRows } from './known-rows.ts';
import { originKeyOfDisplay } from './origin-key.ts';
import type { Change, ColumnTypes, FoldedTable, RowFold } from './row-fold.ts';
import { selectByIds } from './select-rows.ts';
import { assertStorable } from './storable.ts';
import type { UntrackedWorkTable } from './tables.ts';

const columns = {
  id: 'uuid',
  remote_origin: 'text',
  origin_key: 'text',
  branch_name: 'text',
  worktree_path: 'text',
  host: 'text',
  agent_ids: 'jsonb',
  commit_count: 'integer',
  file_count: 'integer',
  prs: 'jsonb',
  git_state: 'jsonb',
  head_commit_hash: 'text',
  pushed_at: 'timestamptz',
  branch_deleted_at: 'timestamptz',
  first_seen_at: 'timestamptz',
  last_activity_at: 'timestamptz',
  observations: 'integer',
  joined_work_item_id: 'uuid',
  revision: 'integer',
  position: 'bigint',
} as const satisfies Record<keyof UntrackedWorkTable, ColumnTypes[string]>;

const untrackedWork: FoldedTable = { table: 'untracked_work', columns };

type UntrackedRow = Omit<UntrackedWork, 'commits' | 'paths'> & {
  readonly origin_key: string | null;
  readonly revision: number;
  readonly position: bigint;
};

type HandledEvent = Extract<ImiEvent, UntrackedEvent>;

/** Table `untracked_work`. The commits and files themselves are shown once they belong to work. */
export class UntrackedFold implements RowFold {
  readonly #rows = new KnownRows<UntrackedRow>();
  #changed = new Map<string, UntrackedRow>();

  handles(event: ImiEvent): event is HandledEvent {
    return Object.hasOwn(untrackedEvents, event.type);
  }

  async load(from: Generation, events: readonly HandledEvent[]): Promise<void> {
    const ids = this.#rows.unknown(events.map(idOf));
    for (const row of await selectByIds<UntrackedRow>(from, untrackedWork, ids)) {
      this.#rows.set(row.id, row);
    }
  }

  apply(event: HandledEvent): void {
    const before = this.#rows.get(idOf(event));
    const state = before === undefined ? null : { ...before, commits: [], paths: [] };
    const { commits: _, paths: __, ...place } = evolveUntracked(state, event);
    const { revision, position } = event;
    const origin_key =
      place.remote_origin === null ? null : originKeyOfDisplay(place.remote_origin);
    const row = { ...place, origin_key, revision, position };
    assertStorable(row, before);
    this.#rows.set(row.id, row);
    this.#changed.set(row.id, row);
  }

  take(): readonly Change[] {
    const rows = [...this.#changed.values()];
    this.#changed = new Map();
    this.#rows.endBatch();
    return [{ kind: 'replace', of: untrackedWork, rows }];
  }
}

const idOf = (event: HandledEvent): string => event.data.untracked_id.toLowerCase();
