import { decodeEvent, type ImiEvent } from '../../events/catalogue.ts';
import type { JsonObject, RecordedEvent } from '../../events/event-store.ts';
import { worktreeTypeNames, worktreeTypes } from '../worktree-types.ts';

/** An event under a name of v2, for consumers that know no other. */
export interface V2Event {
  readonly type: string;
  readonly payload: JsonObject;
}

/**
 * What v2 would have said of an event (spec/v2.md, "Events"): a worktree is a work item, and goes by
 * its id. Empty for what v2 knew nothing of, and for what cannot be read: that is the projector's to
 * park, and must not hold up the publishing of its like. `imi.worktree.updated` is not among them,
 * since nothing updates a worktree by itself.
 */
export function v2EventsOf(recorded: RecordedEvent): readonly V2Event[] {
  const event = readable(recorded);
  if (event === null) return [];
  switch (event.type) {
    case 'imi.work.started': {
      const { worktree, worktree_path: path, work_type, metadata } = event.data;
      const type = worktree?.type ?? typeOf(work_type);
      const name = worktree?.name ?? event.data.branch_name.replaceAll('/', '-');
      const payload = { ...worktreeOf(event.data), type, name, path, metadata };
      return [{ type: 'imi.worktree.created', payload }];
    }
    case 'imi.work.git_state_updated': {
      const { last_sync_at, last_commit_hash, last_commit_message, ...state } = event.data;
      const payload = {
        ...worktreeOf(event.data),
        has_uncommitted_changes: state.has_uncommitted_changes,
        uncommitted_files_count: state.uncommitted_files_count,
        ahead_of_trunk: state.ahead_of_trunk,
        behind_trunk: state.behind_trunk,
        ...{ last_commit_hash, last_commit_message, last_sync_at },
      };
      return [
        { type: 'imi.git.state_synced', payload },
        { type: 'imi.worktree.git_state_updated', payload },
      ];
    }
    case 'imi.work.completed': {
      const { completion_type, completed_at, completed_by, merge_commit_hash } = event.data;
      const worktree = worktreeOf(event.data);
      return completion_type === 'merged'
        ? [
            {
              type: 'imi.worktree.merged',
              payload: {
                ...{ ...worktree, merge_commit_hash },
                ...{ merged_by: completed_by, merged_at: completed_at },
              },
            },
          ]
        : [
            {
              type: 'imi.worktree.removed',
              payload: { ...worktree, reason: completion_type, removed_at: completed_at },
            },
          ];
    }
    case 'imi.work.activity_observed': {
      const { kind, commits, paths = [], agent_id, owner_id, last_activity_at } = event.data;
      const [file_path = null] = paths;
      return [
        {
          type: 'imi.activity.logged',
          payload: {
            ...worktreeOf(event.data),
            agent_id: agent_id ?? owner_id,
            activity_type: kind === 'push' ? 'pushed' : 'modified',
            file_path,
            description:
              kind === 'push'
                ? `Pushed ${commits.length} commits`
                : `Changed ${paths.length} files`,
            created_at: last_activity_at,
          },
        },
      ];
    }
    default:
      return [];
  }
}

function readable(recorded: RecordedEvent): ImiEvent | null {
  try {
    return decodeEvent(recorded);
  } catch {
    return null;
  }
}

const worktreeOf = (data: {
  readonly work_item_id: string;
  readonly project_id: string;
  readonly project_name: string;
  readonly branch_name: string;
  readonly owner_id: string;
}) => ({
  worktree_id: data.work_item_id,
  project_id: data.project_id,
  project_name: data.project_name,
  branch_name: data.branch_name,
  agent_id: data.owner_id,
});

const typeOf = (workType: string): string =>
  worktreeTypeNames.find((name) => worktreeTypes[name].work_type === workType) ?? workType;
