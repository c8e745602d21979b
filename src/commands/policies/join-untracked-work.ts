import type { UntrackedWork } from '../../events/untracked.ts';
import { untrackedPlaces, workItems } from '../aggregate.ts';
import type { Snapshots } from '../snapshots.ts';
import { maxPaths } from '../work-item-activity-schemas.ts';
import type { Policy, Reaction } from './policy.ts';

type Place = Pick<UntrackedWork, 'remote_origin' | 'branch_name' | 'worktree_path' | 'host'>;

/** Where registered work and untracked work meet, as of a position at the least. */
export interface UntrackedPlaces {
  at(work: Place, position: bigint): Promise<readonly string[]>;
  workAt(place: Place, position: bigint): Promise<string | null>;
}

/**
 * What was seen of a branch or a checkout before its work was registered is told to the work item
 * when it starts (spec/bloodbank.md, "joined"). An observation may be recorded as untracked by a
 * process that has not seen the start yet, so each of them looks for its work item too.
 */
export function joinUntrackedWork(snapshots: Snapshots, places: UntrackedPlaces): Policy {
  const join = async (untrackedId: string, workItemId: string): Promise<readonly Reaction[]> => {
    const { state: place } = await snapshots.refresh(untrackedPlaces, untrackedId);
    const { state: work } = await snapshots.refresh(workItems, workItemId);
    if (place === null || work === null || place.joined_work_item_id !== null) return [];
    return [...tellings(place, workItemId, work.active), closing(place, workItemId)];
  };
  return {
    name: 'join-untracked-work',
    reactsTo: ['imi.work.started', 'imi.untracked.observed'],
    async react(event) {
      if (event.type === 'imi.work.started') {
        const { work_item_id, worktree, ...work } = event.data;
        const ids = await places.at({ ...work, host: worktree?.host ?? null }, event.position);
        return (await Promise.all(ids.map((id) => join(id, work_item_id)))).flat();
      }
      if (event.type !== 'imi.untracked.observed') return [];
      const workItemId = await places.workAt(event.data, event.position);
      return workItemId === null ? [] : join(event.data.untracked_id, workItemId);
    },
  };
}

/** The commands that tell a work item what was seen; each of them changes nothing when told again. */
function tellings(place: UntrackedWork, work_item_id: string, isActive: boolean): Reaction[] {
  const { id, commits, paths, prs, git_state, head_commit_hash, last_activity_at } = place;
  const agent_id = place.agent_ids.at(-1);
  const told = { work_item_id, activity_at: last_activity_at, ...(agent_id && { agent_id }) };
  const reactions: Reaction[] = [];
  if (commits.length > 0 || head_commit_hash !== null) {
    const activity_at = place.pushed_at ?? last_activity_at;
    const body = { ...told, activity_at, kind: 'push', commits, head_commit_hash };
    reactions.push({ name: 'record_activity', subject: `${id} push`, body });
  }
  for (let start = 0; start < paths.length; start += maxPaths) {
    const body = { ...told, kind: 'tool_mutation', paths: paths.slice(start, start + maxPaths) };
    reactions.push({ name: 'record_activity', subject: `${id} files ${start}`, body });
  }
  for (const pr of prs) {
    const body = { work_item_id, ...pr, before_start: true };
    reactions.push({ name: 'observe_pr', subject: `${id} pr ${pr.pr_number}`, body });
  }
  if (git_state !== null && isActive) {
    const body = { work_item_id, ...git_state };
    reactions.push({ name: 'update_git_state', subject: `${id} git`, body });
  }
  if (place.branch_deleted_at !== null) {
    const body = { work_item_id, deleted_at: place.branch_deleted_at };
    reactions.push({ name: 'record_branch_deletion', subject: `${id} deleted`, body });
  }
  return reactions;
}

const closing = ({ id, observations }: UntrackedWork, work_item_id: string): Reaction => ({
  name: 'join_untracked',
  subject: `${id} ${observations}`,
  body: { untracked_id: id, work_item_id, observations },
});
