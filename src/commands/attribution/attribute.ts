import { observationIdOf } from '../../events/ids.ts';
import type { WorkItem } from '../../events/work-item.ts';
import type { CommandName } from '../definitions.ts';
import type { Observation, Seen } from '../translation/observation.ts';
import { type Directed, ignored, translated } from '../translation/translation.ts';
import { given } from '../translation/vendor-fields.ts';
import type { Identity, IdentityResolver } from './identity.ts';

/**
 * Leads an observation to the work item it is about, as the command that says so; to the untracked
 * work of its place when nobody registered any; or nowhere, with the reason. What is seen of work
 * after it has ended belongs to it only as far as it happened before.
 * Throws `StoreUnavailableError` while a store is away.
 */
export async function attribute(
  observation: Observation,
  resolver: IdentityResolver,
): Promise<Directed> {
  const identity = await resolver.resolve(observation.where);
  const { what } = observation;
  const workItem =
    what.kind === 'pull_request' && identity.project !== null
      ? ((await resolver.holderOfPr(identity.project, what.pr.pr_number)) ?? identity.workItem)
      : identity.workItem;
  if (workItem !== null && concerns(workItem, observation)) {
    // A checkout outlives its work, whose record is closed.
    if (what.kind === 'sync' && !workItem.active) return ignored('work_ended');
    return ofWorkItem(observation, workItem);
  }
  return untracked(observation, identity);
}

/** Whether an observation belongs to a work item, rather than to what came after it on its branch. */
function concerns(workItem: WorkItem, { what, at }: Observation): boolean {
  if (workItem.completed_at === null) return true;
  const isAftermath =
    what.kind === 'branch_deleted' ||
    what.kind === 'sync' ||
    (what.kind === 'pull_request' &&
      (what.pr.pr_state !== 'open' ||
        workItem.prs.some(({ pr_number }) => pr_number === what.pr.pr_number)));
  return isAftermath || (at !== undefined && at <= workItem.completed_at);
}

function ofWorkItem(observation: Observation, { id: work_item_id }: WorkItem): Directed {
  const { what, at, where } = observation;
  const to = (name: CommandName, body: { readonly [field: string]: unknown }) =>
    directed(observation, work_item_id, name, { work_item_id, ...body });
  switch (what.kind) {
    case 'push':
    case 'tool_mutation': {
      const { kind, ...done } = what;
      return to('record_activity', {
        kind,
        activity_at: at,
        agent_id: where.agent_id,
        ...done,
      });
    }
    case 'branch_deleted':
      return to('record_branch_deletion', {
        deleted_at: at,
        last_commit_hash: what.last_commit_hash,
      });
    case 'pull_request':
      return to('observe_pr', { ...what.pr, observed_at: at });
    case 'sync':
      return to('update_git_state', { ...what.git_state, last_sync_at: at });
  }
}

function untracked(observation: Observation, { project, remoteOrigin }: Identity): Directed {
  const { where, what, at } = observation;
  const { branch_name, worktree_path, host, agent_id } = where;
  if (what.kind === 'pull_request' && branch_name === undefined) return ignored('fork');
  if (where.remote_origin !== undefined && remoteOrigin === null && worktree_path === undefined) {
    return ignored('foreign_repository');
  }
  const trunk = project?.default_branch ?? where.default_branch;
  if (branch_name !== undefined && branch_name === trunk) return ignored('trunk');
  const isPlace = worktree_path !== undefined || (remoteOrigin && branch_name !== undefined);
  if (!isPlace) return ignored('no_place');
  const place = branch_name === undefined || remoteOrigin === null ? worktree_path : branch_name;
  return directed(observation, `${remoteOrigin} ${host} ${place}`, 'observe_untracked', {
    remote_origin: remoteOrigin ?? undefined,
    branch_name,
    worktree_path,
    host,
    agent_id,
    kind: what.kind,
    observed_at: at,
    ...seenBy(what),
  });
}

function seenBy(what: Seen): { readonly [field: string]: unknown } {
  switch (what.kind) {
    case 'push': {
      const { commits, head_commit_hash } = what;
      return { commits, head_commit_hash };
    }
    case 'tool_mutation':
      return { paths: what.paths };
    case 'pull_request':
      return { pr: what.pr };
    case 'sync':
      return { git_state: what.git_state };
    case 'branch_deleted':
      return {};
  }
}

/**
 * Its id names the target too: told again, after another work item has taken the branch over, it is
 * another command, and what it says is known there or is news.
 */
const directed = (
  { id }: Observation,
  target: string,
  name: CommandName,
  body: { readonly [field: string]: unknown },
): Directed =>
  translated({ name, id: observationIdOf('attributed', id, name, target), body: given(body) });
