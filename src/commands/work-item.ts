import equal from 'fast-deep-equal';
import type { JsonObject } from '../events/event-store.ts';
import { branchKeyOf, ticketLinkIdOf } from '../events/ids.ts';
import type { Project } from '../events/project.ts';
import { type GitState, gitStateOf, type WorkItem } from '../events/work-item.ts';
import type { PlannedEvent } from './command.ts';
import { type Decision, type DecisionContext, refuse, unchanged, write } from './decision.ts';
import type { CompleteWork, LinkTicket, StartWork, UpdateGitState } from './work-item-schemas.ts';
import { conventionalPath } from './worktree-types.ts';

type Identity = Pick<
  WorkItem,
  'id' | 'project_id' | 'project_name' | 'remote_origin' | 'branch_name' | 'owner_id'
>;

/** What every event of a work item says of it. */
export const identityOf = (item: Identity): JsonObject => ({
  work_item_id: item.id,
  project_id: item.project_id,
  project_name: item.project_name,
  remote_origin: item.remote_origin,
  branch_name: item.branch_name,
  owner_id: item.owner_id,
});

/** What an outcome about a work item is known by. */
export const workItemIdsOf = (item: WorkItem) => ({
  work_item_id: item.id,
  project_id: item.project_id,
});

/** The refusal of a command whose work item never was. */
export const noSuchWorkItem = (id: string): Decision =>
  refuse('NOT_FOUND', 'Work item not found', { work_item_id: id });

/** Starts work on a branch of an active project, and links the ticket it came from (spec/domain.md, "start"). */
export function decideStart(
  state: WorkItem | null,
  command: StartWork,
  context: DecisionContext,
  project: Project | null,
): Decision {
  if (state !== null) {
    return refuse('CONFLICT', 'This work item id is already in use', { work_item_id: state.id });
  }
  if (project === null || !project.active) {
    const message = project === null ? 'Project not found' : 'Project is not active';
    const { project_id = project?.id, remote_origin } = command;
    return refuse('NOT_FOUND', message, {
      ...(project_id !== undefined && { project_id }),
      ...(remote_origin !== undefined && project === null && { field: 'remote_origin' }),
    });
  }
  const item = {
    id: context.entityId,
    project_id: project.id,
    project_name: project.name,
    remote_origin: project.remote_origin,
    branch_name: command.branch_name,
    owner_id: command.owner_id,
  };
  const source = { type: command.source?.type ?? 'manual', ref: command.source?.ref ?? null };
  const started = {
    type: 'imi.work.started',
    data: {
      ...identityOf(item),
      work_type: command.work_type,
      source,
      worktree_path: command.worktree_path ?? pathByConvention(command, project),
      worktree: command.worktree
        ? { ...command.worktree, host: command.worktree.host ?? null }
        : null,
      metadata: command.metadata ?? {},
    },
  };
  const links =
    source.type === 'plane_ticket' && source.ref !== null
      ? [ticketLinked(item, { plane_ticket_id: source.ref })]
      : [];
  return write([started, ...links], {
    kind: 'branch',
    key: branchKeyOf(project.id, command.branch_name),
    taken: (holderId) => ({
      code: 'CONFLICT',
      message: 'This branch already has an active work item',
      params: {
        work_item_id: holderId,
        project_id: project.id,
        branch_name: command.branch_name,
      },
    }),
  });
}

/** Records what differs from the last look at the checkout, or that it was looked at again. */
export function decideGitState(
  state: WorkItem | null,
  command: UpdateGitState,
  context: DecisionContext,
): Decision {
  if (state === null) return noSuchWorkItem(context.entityId);
  if (!state.active) return ended(state);
  const syncedAt = pastTime(command.last_sync_at, context.now);
  // A late message must not undo what a later look has shown.
  if (state.last_sync_at !== null && syncedAt < state.last_sync_at)
    return unchanged(workItemIdsOf(state));
  const next = nextGitState(state, command);
  if (equal(next, gitStateOf(state)) && !isStale(state.last_sync_at, syncedAt, context)) {
    return unchanged(workItemIdsOf(state));
  }
  const data = { ...identityOf(state), ...next, last_sync_at: syncedAt };
  return write([{ type: 'imi.work.git_state_updated', data }]);
}

/** Completes once; the same completion again changes nothing, another one is a conflict. */
export function decideComplete(
  state: WorkItem | null,
  command: CompleteWork,
  context: DecisionContext,
): Decision {
  if (state === null) return noSuchWorkItem(context.entityId);
  if (!state.active) {
    return state.completion_type === command.completion_type
      ? unchanged(workItemIdsOf(state))
      : ended(state);
  }
  const data = {
    ...identityOf(state),
    completion_type: command.completion_type,
    completed_at: context.now,
    completed_by: command.merged_by ?? context.actor,
    merge_commit_hash: command.merge_commit_hash ?? null,
    reason: command.reason ?? null,
  };
  return write([{ type: 'imi.work.completed', data }]);
}

/** Links a ticket, also to work that has ended; the same pair again changes nothing. */
export function decideLinkTicket(
  state: WorkItem | null,
  command: LinkTicket,
  context: DecisionContext,
): Decision {
  if (state === null) return noSuchWorkItem(context.entityId);
  const link = state.tickets.find((t) => t.plane_ticket_id === command.plane_ticket_id);
  if (link) return unchanged({ ...workItemIdsOf(state), link_id: link.id });
  return write([ticketLinked(state, command)]);
}

/** A worktree has its path by convention when nobody says otherwise (spec/v2.md, "HTTP"). */
const pathByConvention = ({ worktree }: StartWork, project: Project): string | null =>
  worktree ? conventionalPath(project.trunk_path, worktree.name) : null;

const ended = (state: WorkItem): Decision =>
  refuse('CONFLICT', `This work item is already completed as ${state.completion_type}`, {
    work_item_id: state.id,
    completion_type: state.completion_type,
  });

function ticketLinked(
  item: Identity,
  ticket: Pick<LinkTicket, 'plane_ticket_id' | 'ticket_title' | 'ticket_url' | 'metadata'>,
): PlannedEvent {
  const data = {
    ...identityOf(item),
    link_id: ticketLinkIdOf(item.id, ticket.plane_ticket_id),
    plane_ticket_id: ticket.plane_ticket_id,
    ticket_title: ticket.ticket_title ?? null,
    ticket_url: ticket.ticket_url ?? null,
    metadata: ticket.metadata ?? {},
  };
  return { type: 'imi.link.ticket_linked', data };
}

/** When something happened, in UTC; a clock that runs ahead must not shut out what comes later. */
export function pastTime(given: string | undefined, now: string): string {
  if (given === undefined) return now;
  const told = new Date(given).toISOString();
  return told < now ? told : now;
}

function isStale(last: string | null, syncedAt: string, context: DecisionContext): boolean {
  if (last === null) return true;
  const seconds = (Date.parse(syncedAt) - Date.parse(last)) / 1000;
  return seconds > context.syncHeartbeatSeconds;
}

/** A count decides the flag; a flag alone says nothing of the count, except that "no" means none. */
function nextGitState(state: GitState, command: UpdateGitState): GitState {
  const { has_uncommitted_changes: flag, uncommitted_files_count: count } = command;
  const uncommitted =
    count !== undefined
      ? { has_uncommitted_changes: count > 0, uncommitted_files_count: count }
      : flag !== undefined
        ? { has_uncommitted_changes: flag, uncommitted_files_count: flag ? null : 0 }
        : gitStateOf(state);
  return {
    ...gitStateOf(state),
    has_uncommitted_changes: uncommitted.has_uncommitted_changes,
    uncommitted_files_count: uncommitted.uncommitted_files_count,
    ahead_of_trunk: command.ahead_of_trunk ?? state.ahead_of_trunk,
    behind_trunk: command.behind_trunk ?? state.behind_trunk,
    last_commit_hash:
      command.last_commit_hash === undefined ? state.last_commit_hash : command.last_commit_hash,
    last_commit_message:
      command.last_commit_message === undefined
        ? state.last_commit_message
        : command.last_commit_message,
  };
}
