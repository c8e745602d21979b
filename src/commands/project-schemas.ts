import { z } from 'zod';
import { branchName, longText, metadata, path, shortText, uuid } from './fields.ts';

const remoteOrigin = z.string().min(1).max(500);

export const registerProject = z.object({
  name: shortText,
  remote_origin: remoteOrigin,
  default_branch: branchName.optional(),
  trunk_path: path.optional(),
  description: longText.nullish(),
  metadata: metadata.optional(),
  /** Kept as given when another registry already knows the project (import). */
  project_id: uuid.optional(),
});

export const updateProject = z.object({
  project_id: uuid,
  name: shortText.optional(),
  default_branch: branchName.optional(),
  trunk_path: path.optional(),
  description: longText.nullish(),
  /** JSON Merge Patch (RFC 7396) over the metadata. */
  metadata: metadata.optional(),
});

export const deactivateProject = z.object({ project_id: uuid });

export type RegisterProject = z.infer<typeof registerProject>;
export type UpdateProject = z.infer<typeof updateProject>;
export type DeactivateProject = z.infer<typeof deactivateProject>;
