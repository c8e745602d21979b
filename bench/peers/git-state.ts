import { randomUUID } from 'node:crypto';
import type { GitStateOf } from '../git-states.ts';

interface GitState extends GitStateOf {
  readonly has_uncommitted_changes: boolean;
  readonly uncommitted_files_count: number;
  readonly behind_trunk: number;
  readonly last_commit_hash: string | null;
  readonly last_commit_message: string | null;
  readonly last_sync_at: string;
  readonly project_id: string;
  readonly project_name: string;
  readonly remote_origin: string;
  readonly branch_name: string;
  readonly owner_id: string;
}

/** `type`, not `interface`: one of the libraries asks for an index signature. */
export type GitStateUpdated = {
  readonly type: 'git_state_updated';
  readonly data: { readonly [name in keyof GitState]: GitState[name] };
};

/** What a decision needs to know of a work item. */
export interface WorkItem {
  readonly ahead_of_trunk: number;
}

export const initialState = (): WorkItem => ({ ahead_of_trunk: 0 });

export const evolve = (_: WorkItem, { data }: GitStateUpdated): WorkItem => ({
  ahead_of_trunk: data.ahead_of_trunk,
});

/** A state that is known already is no event; an event is as large as iMi's. */
export const decide = (command: GitStateOf, state: WorkItem): GitStateUpdated[] =>
  command.ahead_of_trunk === state.ahead_of_trunk
    ? []
    : [{ type: 'git_state_updated', data: { ...rest, ...command, last_sync_at: now() } }];

const now = () => new Date().toISOString();

const rest = {
  has_uncommitted_changes: false,
  uncommitted_files_count: 0,
  behind_trunk: 0,
  last_commit_hash: null,
  last_commit_message: null,
  project_id: randomUUID(),
  project_name: 'bench',
  remote_origin: 'https://github.com/33god-bench/bench',
  branch_name: 'bench/1',
  owner_id: 'ada',
};
