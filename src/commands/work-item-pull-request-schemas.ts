import { z } from 'zod';
import { prStates } from '../events/pull-request.ts';
import { commitHash, metadata, shortText, titleText, uuid } from './fields.ts';
import {
  namesOneWorkItem,
  projectAddress,
  workItemAddress,
  workItemAddressError,
} from './work-item-schemas.ts';

const prNumber = z.int().min(1).max(2_147_483_647);

/** How a merge went; of no account in any other state. */
const merge = { merge_commit_hash: commitHash.nullish(), merged_by: shortText.nullish() };

export const linkPr = z
  .object({
    ...workItemAddress,
    pr_number: prNumber,
    /** Derived from the project's origin when absent. */
    pr_url: z.httpUrl().max(2000).nullish(),
    pr_state: z.enum(prStates).optional(),
    pr_title: titleText.nullish(),
    ...merge,
    metadata: metadata.optional(),
  })
  .refine(namesOneWorkItem, workItemAddressError);

export const prStateFields = { pr_state: z.enum(prStates), ...merge };

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

const namesPrByNumber = (c: { readonly [field: string]: unknown }): boolean =>
  c.pr_number !== undefined &&
  [c.work_item_id, c.project_id, c.remote_origin].some((owner) => owner !== undefined);

export type LinkPr = z.infer<typeof linkPr>;
export type UpdatePrState = z.infer<typeof updatePrState>;
