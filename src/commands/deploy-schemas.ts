import { z } from 'zod';
import { deployResults } from '../events/deploy.ts';
import { commitHash, metadata, shortText, time, uuid } from './fields.ts';

const repository = z.string().min(1).max(500).optional();

export const recordDeploy = z.object({
  deploy_id: shortText,
  environment: shortText,
  commit_hash: commitHash,
  /** Commits that the deploy ships beside the deployed one. */
  deployment_commits: z.array(commitHash).max(5_000).optional(),
  deployed_at: time.nullish(),
  /** A failed deploy ships nothing; it is recorded so that it can be seen. */
  result: z.enum(deployResults).optional(),
  work_item_id: uuid.nullish(),
  project_id: uuid.optional(),
  /** A remote in any accepted form, or `owner/repo`. */
  remote_origin: repository,
  /** Another name for `remote_origin`. */
  repo: repository,
  metadata: metadata.optional(),
});

export type RecordDeploy = z.infer<typeof recordDeploy>;
