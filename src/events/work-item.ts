import { z } from 'zod';
import { activityEvents, deletionAfterPush, remember } from './activity.ts';
import type { JsonObject } from './event-store.ts';
import {
  evolvePullRequests,
  isPullRequestEvent,
  type PullRequest,
  pullRequestEvents,
} from './pull-request.ts';
import { workItemIdentity } from './work-item-identity.ts';

export const workTypes = ['feature', 'fix', 'experiment', 'review', 'devops', 'aiops'] as const;
export const sourceTypes = [
  'plane_ticket',
  'bloodbank_command',
  'agent_assignment',
  'manual',
] as const;
export const completionTypes = ['merged', 'abandoned', 'superseded'] as const;

const gitState = {
  has_uncommitted_changes: z.boolean(),
  /** null: there are changes, nobody said how many. */
  uncommitted_files_count: z.int().nullable(),
  ahead_of_trunk: z.int(),
  behind_trunk: z.int(),
  last_commit_hash: z.string().nullable(),
  last_commit_message: z.string().nullable(),
};

export type GitState = z.infer<z.ZodObject<typeof gitState>>;

export const workItemEvents = {
  'imi.work.started': z.object({
    ...workItemIdentity,
    work_type: z.enum(workTypes),
    source: z.object({ type: z.enum(sourceTypes), ref: z.string().nullable() }),
    worktree_path: z.string().nullable(),
    worktree: z
      .object({ type: z.string(), name: z.string(), host: z.string().nullable() })
      .nullable(),
    metadata: z.record(z.string(), z.unknown()),
  }),
  'imi.work.git_state_updated': z.object({
    ...workItemIdentity,
    ...gitState,
    last_sync_at: z.iso.datetime(),
  }),
  'imi.work.completed': z.object({
    ...workItemIdentity,
    completion_type: z.enum(completionTypes),
    completed_at: z.iso.datetime(),
    completed_by: z.string(),
    merge_commit_hash: z.string().nullable(),
    reason: z.string().nullable(),
  }),
  'imi.link.ticket_linked': z.object({
    ...workItemIdentity,
    link_id: z.uuid(),
    plane_ticket_id: z.string(),
    ticket_title: z.string().nullable(),
    ticket_url: z.string().nullable(),
    metadata: z.record(z.string(), z.unknown()),
  }),
  ...activityEvents,
  ...pullRequestEvents,
} as const;

export type WorkItemEvent = {
  [T in keyof typeof workItemEvents]: {
    readonly type: T;
    readonly data: z.infer<(typeof workItemEvents)[T]>;
  };
}[keyof typeof workItemEvents];

export interface TicketLink {
  readonly id: string;
  readonly plane_ticket_id: string;
  readonly ticket_title: string | null;
  readonly ticket_url: string | null;
  readonly metadata: JsonObject;
  readonly created_at: string;
}

/** A work item as its stream tells it, under its wire names (spec/domain.md, "Work item"). */
export interface WorkItem extends GitState {
  readonly id: string;
  readonly project_id: string;
  /** As they stood when the work was started. */
  readonly project_name: string;
  readonly remote_origin: string;
  readonly branch_name: string;
  readonly work_type: (typeof workTypes)[number];
  readonly source_type: (typeof sourceTypes)[number];
  readonly source_ref: string | null;
  readonly owner_id: string;
  readonly worktree_path: string | null;
  readonly worktree: {
    readonly type: string;
    readonly name: string;
    readonly host: string | null;
  } | null;
  readonly last_sync_at: string | null;
  readonly last_activity_at: string;
  /** Where the branch stands at its remote, as the last push told. */
  readonly pushed_head_hash: string | null;
  readonly pushed_at: string | null;
  /** When the branch was deleted at its remote; null again once it is pushed anew. */
  readonly branch_deleted_at: string | null;
  readonly completed_at: string | null;
  readonly completion_type: (typeof completionTypes)[number] | null;
  readonly completed_by: string | null;
  readonly merge_commit_hash: string | null;
  readonly metadata: JsonObject;
  readonly active: boolean;
  readonly created_at: string;
  readonly updated_at: string;
  readonly tickets: readonly TicketLink[];
  readonly prs: readonly PullRequest[];
  /** Hashes of the newest pushed commits, by which a push that comes again is known. */
  readonly pushed_commits: readonly string[];
  /** The newest files that agents were seen to change, by which a change told again is known. */
  readonly touched_paths: readonly string[];
}

const clean: GitState = {
  has_uncommitted_changes: false,
  uncommitted_files_count: 0,
  ahead_of_trunk: 0,
  behind_trunk: 0,
  last_commit_hash: null,
  last_commit_message: null,
};

/** The git state of a work item, picked out of anything that carries one. */
export const gitStateOf = (from: GitState): GitState => ({
  has_uncommitted_changes: from.has_uncommitted_changes,
  uncommitted_files_count: from.uncommitted_files_count,
  ahead_of_trunk: from.ahead_of_trunk,
  behind_trunk: from.behind_trunk,
  last_commit_hash: from.last_commit_hash,
  last_commit_message: from.last_commit_message,
});

/** Folds one event, that happened at `at`, into a work item; `null` is one that never was. */
export function evolveWorkItem(state: WorkItem | null, event: WorkItemEvent, at: string): WorkItem {
  if (event.type === 'imi.work.started') return started(event.data, at);
  if (state === null)
    throw new Error(`${event.type} happened to a work item before it was started`);
  if (isPullRequestEvent(event)) {
    return { ...state, prs: evolvePullRequests(state.prs, event, at), updated_at: at };
  }
  switch (event.type) {
    case 'imi.work.git_state_updated':
      return {
        ...state,
        ...gitStateOf(event.data),
        last_sync_at: event.data.last_sync_at,
        updated_at: at,
      };
    case 'imi.work.completed':
      return {
        ...state,
        active: false,
        completed_at: event.data.completed_at,
        completion_type: event.data.completion_type,
        completed_by: event.data.completed_by,
        merge_commit_hash: event.data.merge_commit_hash,
        updated_at: at,
      };
    case 'imi.work.activity_observed':
      return { ...state, ...afterActivity(state, event.data), updated_at: at };
    case 'imi.work.branch_deleted':
      return { ...state, branch_deleted_at: event.data.branch_deleted_at, updated_at: at };
    case 'imi.link.ticket_linked': {
      const { link_id, plane_ticket_id, ticket_title, ticket_url, metadata } = event.data;
      const link = { id: link_id, plane_ticket_id, ticket_title, ticket_url, metadata };
      return { ...state, tickets: [...state.tickets, { ...link, created_at: at }], updated_at: at };
    }
  }
}

type Activity = Extract<WorkItemEvent, { type: 'imi.work.activity_observed' }>['data'];

function afterActivity(state: WorkItem, activity: Activity): Partial<WorkItem> {
  const { last_activity_at, commits, paths = [], pushed_at = null } = activity;
  return {
    last_activity_at,
    pushed_head_hash: activity.head_commit_hash ?? state.pushed_head_hash,
    pushed_at: pushed_at ?? state.pushed_at,
    branch_deleted_at: deletionAfterPush(state.branch_deleted_at, pushed_at),
    pushed_commits: remember(
      state.pushed_commits,
      commits.map(({ hash }) => hash),
    ),
    touched_paths: remember(state.touched_paths, paths),
  };
}

type Started = Extract<WorkItemEvent, { type: 'imi.work.started' }>['data'];

function started({ work_item_id, source, ...rest }: Started, at: string): WorkItem {
  return {
    ...rest,
    ...clean,
    id: work_item_id,
    source_type: source.type,
    source_ref: source.ref,
    last_sync_at: null,
    last_activity_at: at,
    pushed_head_hash: null,
    pushed_at: null,
    branch_deleted_at: null,
    completed_at: null,
    completion_type: null,
    completed_by: null,
    merge_commit_hash: null,
    active: true,
    created_at: at,
    updated_at: at,
    tickets: [],
    prs: [],
    pushed_commits: [],
    touched_paths: [],
  };
}
