import { z } from 'zod';
import { branchName, commitHash, metadata, path, shortText, uuid } from './fields.ts';
import { conventionalBranch, isFolderName, worktreeTypeNames } from './worktree-types.ts';

const type = z.enum(worktreeTypeNames);
// With the longest prefix it is still a short text and a branch.
const name = z
  .string()
  .trim()
  .min(1)
  .max(180)
  .refine(isFolderName, 'must be the name of one folder, without a slash');

const projectAddress = {
  project_id: uuid.nullish(),
  remote_origin: z.string().min(1).max(500).nullish(),
  /** In place of the id, when one active project alone has it. */
  project_name: shortText.nullish(),
};

type ProjectAddress = z.infer<z.ZodObject<typeof projectAddress>>;

const namesAProject = ({ project_id, remote_origin, project_name }: ProjectAddress): boolean =>
  Boolean(project_id ?? remote_origin ?? project_name);

const projectAddressError = {
  message: 'give project_id, or project_name, or remote_origin',
  path: ['project_id'],
};

const isBranch = (branch: string): boolean => branchName.safeParse(branch).success;

/** `imi.worktree.create` of v2. */
export const createWorktree = z
  .object({
    ...projectAddress,
    type,
    name,
    branch_name: branchName.nullish(),
    path: path.nullish(),
    agent_id: shortText.nullish(),
    /** Machine of the checkout. */
    host: shortText.nullish(),
    metadata: metadata.nullish(),
  })
  .refine(namesAProject, projectAddressError)
  .refine((c) => c.branch_name != null || isBranch(conventionalBranch(c.type, c.name)), {
    message: 'makes no valid git branch name; give branch_name as well, or another name',
    path: ['name'],
  });

/** `imi.worktree.merge` of v2: the worktree by its id, or by its project and branch. */
export const mergeWorktree = z
  .object({
    worktree_id: uuid.nullish(),
    work_item_id: uuid.nullish(),
    ...projectAddress,
    branch_name: branchName.nullish(),
    type: type.nullish(),
    name: name.nullish(),
    merged_by: shortText.nullish(),
    agent_id: shortText.nullish(),
    merge_commit_hash: commitHash.nullish(),
  })
  .refine(
    (c) =>
      Boolean(c.worktree_id ?? c.work_item_id) ||
      (namesAProject(c) && (c.branch_name != null || (c.type != null && c.name != null))),
    {
      message: 'give worktree_id, or branch_name (or type and name) together with project_id',
      path: ['worktree_id'],
    },
  );

export type CreateWorktree = z.infer<typeof createWorktree>;
export type MergeWorktree = z.infer<typeof mergeWorktree>;
