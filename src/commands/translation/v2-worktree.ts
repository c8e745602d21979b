import { validationRefusal } from '../validation.ts';
import {
  type CreateWorktree,
  createWorktree,
  type MergeWorktree,
  mergeWorktree,
} from '../worktree-schemas.ts';
import { conventionalBranch, conventionalWorktree, worktreeTypes } from '../worktree-types.ts';
import type { AskedInV2, V2Request } from './v2-request.ts';
import { given } from './vendor-fields.ts';

/**
 * `imi.worktree.create` as `start_work`: type and name give the work type, and branch and folder by
 * convention where they are not given; the path beside the trunk is decided with the project at
 * hand. Work that nobody claims belongs to who asked for it.
 */
export function translateWorktreeCreate({ payload, actor, commandId }: V2Request): AskedInV2 {
  const { success, data, error } = createWorktree.safeParse(payload);
  if (!success) {
    return { name: 'start_work', body: payload, refusal: validationRefusal(error) };
  }
  return {
    name: 'start_work',
    body: given({
      ...projectIn(data),
      branch_name: data.branch_name ?? conventionalBranch(data.type, data.name),
      work_type: worktreeTypes[data.type].work_type,
      source: { type: 'bloodbank_command', ref: commandId },
      owner_id: data.agent_id ?? actor,
      worktree_path: data.path ?? undefined,
      worktree: given({
        type: data.type,
        name: conventionalWorktree(data.type, data.name),
        host: data.host ?? undefined,
      }),
      metadata: data.metadata ?? undefined,
    }),
    ...namedProject(data),
  };
}

/** `imi.worktree.merge` as `complete_work`; a worktree's id is its work item's. */
export function translateWorktreeMerge({ payload }: V2Request): AskedInV2 {
  const { success, data, error } = mergeWorktree.safeParse(payload);
  if (!success) {
    return { name: 'complete_work', body: payload, refusal: validationRefusal(error) };
  }
  const id = data.worktree_id ?? data.work_item_id ?? undefined;
  return {
    name: 'complete_work',
    body: given({
      work_item_id: id,
      ...(id === undefined && { ...projectIn(data), branch_name: branchOf(data) }),
      completion_type: 'merged',
      merge_commit_hash: data.merge_commit_hash ?? undefined,
      merged_by: data.merged_by ?? data.agent_id ?? undefined,
    }),
    ...(id === undefined && namedProject(data)),
  };
}

const branchOf = ({ branch_name, type, name }: MergeWorktree): string | undefined =>
  branch_name ?? (type && name ? conventionalBranch(type, name) : undefined);

type Addressed = Pick<CreateWorktree, 'project_id' | 'remote_origin' | 'project_name'>;

const projectIn = ({ project_id, remote_origin }: Addressed) =>
  project_id != null ? { project_id } : { remote_origin: remote_origin ?? undefined };

const namedProject = ({ project_id, remote_origin, project_name }: Addressed) =>
  project_name != null && project_id == null && remote_origin == null
    ? { projectName: project_name }
    : {};
