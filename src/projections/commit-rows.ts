import type { ImiEvent } from '../events/catalogue.ts';
import { commitIdOf } from '../events/ids.ts';
import type { GitState } from '../events/work-item.ts';
import type { ColumnTypes, FoldedTable } from './row-fold.ts';
import type { CommitsTable } from './tables.ts';

const columns = {
  id: 'uuid',
  work_item_id: 'uuid',
  hash: 'text',
  message: 'text',
  author_name: 'text',
  files: 'jsonb',
  committed_at: 'timestamptz',
  seen_at: 'timestamptz',
  position: 'bigint',
  place: 'integer',
} as const satisfies Record<keyof CommitsTable, ColumnTypes[string]>;

export const commitsTable: FoldedTable = { table: 'commits', columns };

export type CommitRow = {
  readonly [column in Exclude<keyof CommitsTable, 'files'>]: CommitsTable[column];
} & { readonly files: readonly string[] | null };

type Told = Pick<CommitRow, 'hash'> & Partial<CommitRow>;

/**
 * The commits that an event tells of a work item, as far as it knows them; `before` is the git
 * state that the event came upon.
 */
export function commitRowsOf(
  event: ImiEvent,
  workItemId: string,
  before: GitState | undefined,
): readonly CommitRow[] {
  return toldBy(event, before).map((commit, place) => ({
    message: null,
    author_name: null,
    files: null,
    committed_at: null,
    ...commit,
    id: commitIdOf(workItemId, commit.hash),
    work_item_id: workItemId,
    seen_at: event.metadata.occurred_at,
    position: event.position,
    place,
  }));
}

function toldBy(event: ImiEvent, before: GitState | undefined): readonly Told[] {
  switch (event.type) {
    case 'imi.work.activity_observed':
      return event.data.commits;
    case 'imi.work.git_state_updated': {
      const { last_commit_hash: hash, last_commit_message: message } = event.data;
      if (hash === null || hash === before?.last_commit_hash) return [];
      // A message that did not change with the hash may be the one of the commit before.
      return [{ hash, message: message === before?.last_commit_message ? null : message }];
    }
    case 'imi.work.completed':
    case 'imi.pr.merged': {
      const { merge_commit_hash: hash } = event.data;
      return hash === null ? [] : [{ hash }];
    }
    default:
      return [];
  }
}

/** One commit told twice: what is there stays, what is missing is filled in. */
export const filledIn = (known: CommitRow, told: CommitRow): CommitRow => ({
  ...known,
  message: known.message ?? told.message,
  author_name: known.author_name ?? told.author_name,
  files: known.files ?? told.files,
  committed_at: known.committed_at ?? told.committed_at,
});
