import { z } from 'zod';
import type { JsonObject } from './event-store.ts';

export const deployResults = ['success', 'failure'] as const;

/** Every event tells the whole deploy, as far as it is known by then. */
const face = {
  deploy_id: z.string(),
  environment: z.string(),
  commit_hash: z.string(),
  /** Commits that the deploy ships beside the deployed one. */
  deployment_commits: z.array(z.string()),
  deployed_at: z.iso.datetime(),
  /** null: nobody said which repository, or iMi does not know it. */
  project_id: z.uuid().nullable(),
  project_name: z.string().nullable(),
  remote_origin: z.string().nullable(),
  /** Work items that were named; those found by their commits are not among them. */
  work_item_ids: z.array(z.uuid()),
  metadata: z.record(z.string(), z.unknown()),
};

export const deployEvents = {
  'imi.deploy.completed': z.object({ ...face, result: z.literal('success') }),
  'imi.deploy.failed': z.object({ ...face, result: z.literal('failure') }),
} as const;

export type DeployEvent = {
  [T in keyof typeof deployEvents]: {
    readonly type: T;
    readonly data: z.infer<(typeof deployEvents)[T]>;
  };
}[keyof typeof deployEvents];

/** A deploy as its stream tells it, under its wire names (spec/domain.md, "Links and trace"). */
export interface Deploy {
  readonly deploy_id: string;
  readonly environment: string;
  readonly commit_hash: string;
  readonly deployment_commits: readonly string[];
  readonly deployed_at: string;
  readonly result: (typeof deployResults)[number];
  readonly project_id: string | null;
  readonly project_name: string | null;
  readonly remote_origin: string | null;
  readonly work_item_ids: readonly string[];
  readonly metadata: JsonObject;
  readonly created_at: string;
  readonly updated_at: string;
}

/** Folds one event, that happened at `at`, into a deploy; `null` is one that never was. */
export const evolveDeploy = (state: Deploy | null, event: DeployEvent, at: string): Deploy => ({
  ...event.data,
  created_at: state?.created_at ?? at,
  updated_at: at,
});
