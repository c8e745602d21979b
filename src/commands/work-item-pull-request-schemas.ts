import { z } from 'zod';
import { prStates } from '../events/pull-request.ts';
import { commitHash, metadata, shortText, time, titleText, uuid } from './fields.ts';
import {
  namesOneWorkItem,
  projectAddress,
  workItemAddress,
  workItemAddressError,
} from './work-item-schemas.ts';

export const prNumber = z.int().min(1).max(2_147_483_647);

/** Head of the branch, and how a merge went, which is of no account in any other state. */
const commits = {
  head_commit_hash: commitHash.nullish(),
  merge_commit_hash: commitHash.nullish(),
  merged_by: shortText.nullish(),
};

export const linkPr = z
  .object({
    ...workItemAddress,
    pr_number: prNumber,
    /** Derived from the project's origin when absent. */
    pr_url: z.httpUrl().max(2000).nullish(),
    pr_state: z.enum(prStates).optional(),
    pr_title: titleText.nullish(),
    ...commits,
    metadata: metadata.optional(),
  })
  .refine(namesOneWorkItem, workItemAddressError);

export const prStateFields = { pr_state: z.enum(prStates), ...commits };

const namesPrByNumber = (c: { readonly [field: string]: unknown }): boolean =>
  c.pr_number !== undefined &&
  [c.work_item_id, c.project_id, c.remote_origin].some((owner) => owner !== undefined);

export const updatePrState = z
  .object({
    pr_link_id: uuid.optional(),
    work_item_id: uuid.optional(),
    ...projectAddress,
    pr_number: prNumber.optional(),
    ...prStateFields,
  })
  .refine((c) => c.pr_link_id !== undefined || namesPrByNumber(c), {
    message:
      'give pr_link_id, or pr_number together with work_item_id, project_id or remote_origin',
    path: ['pr_link_id'],
  });

/** A pull request as its home tells of it; of no branch of ours, it can only be one that is linked. */
export const observePr = z
  .object({
    ...workItemAddress,
    pr_number: prNumber,
    ...prStateFields,
    pr_url: z.httpUrl().max(2000).nullish(),
    pr_title: titleText.nullish(),
    /** When it was last changed there; what is told of an earlier time than is known is late. */
    observed_at: time.optional(),
    /** Seen before the work was registered. */
    before_start: z.boolean().optional(),
  })
  .refine(namesPrByNumber, {
    message: 'give work_item_id, project_id or remote_origin',
    path: ['work_item_id'],
  });

export type LinkPr = z.infer<typeof linkPr>;
export type UpdatePrState = z.infer<typeof updatePrState>;
export type ObservePr = z.infer<typeof observePr>;
