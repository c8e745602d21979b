import type { workTypes } from '../events/work-item.ts';

interface WorktreeType {
  readonly work_type: (typeof workTypes)[number];
  readonly branch_prefix: string;
  readonly worktree_prefix: string;
}

/** The types of worktree that v2 has built in, but for the trunk, which is nobody's work (spec/v2.md, "Types"). */
export const worktreeTypes = {
  feat: { work_type: 'feature', branch_prefix: 'feat/', worktree_prefix: 'feat-' },
  fix: { work_type: 'fix', branch_prefix: 'fix/', worktree_prefix: 'fix-' },
  aiops: { work_type: 'aiops', branch_prefix: 'aiops/', worktree_prefix: 'aiops-' },
  devops: { work_type: 'devops', branch_prefix: 'devops/', worktree_prefix: 'devops-' },
  review: { work_type: 'review', branch_prefix: 'pr-review/', worktree_prefix: 'pr-' },
} as const satisfies { readonly [type: string]: WorktreeType };

export type WorktreeTypeName = keyof typeof worktreeTypes;

export const worktreeTypeNames = Object.keys(worktreeTypes) as WorktreeTypeName[];

/** Branch of a worktree by convention: `feat/user-auth`. */
export const conventionalBranch = (type: WorktreeTypeName, name: string): string =>
  `${worktreeTypes[type].branch_prefix}${name}`;

/** Name of a worktree and of its folder by convention: `feat-user-auth`. */
export const conventionalWorktree = (type: WorktreeTypeName, name: string): string =>
  `${worktreeTypes[type].worktree_prefix}${name}`;

/** Whether a name is that of one folder, and leads nowhere else. */
export const isFolderName = (name: string): boolean =>
  !/[/\\\p{Cc}]/u.test(name) && name !== '.' && name !== '..';

/**
 * Path of a worktree by convention: beside the trunk (v2's `get_project_working_path`). Null for a
 * name that is not that of a folder.
 */
export const conventionalPath = (trunkPath: string, worktreeName: string): string | null =>
  isFolderName(worktreeName)
    ? `${trunkPath.replace(/\/+$/, '').replace(/\/[^/]+$/, '')}/${worktreeName}`
    : null;
