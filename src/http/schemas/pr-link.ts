import { z } from 'zod';
import { prStates } from '../../events/pull-request.ts';
import { metadata, time, uuid } from './fields.ts';

/** A link between a work item and a pull request (spec/domain.md, "Links and trace"). */
export const prLinkResource = z
  .object({
    id: uuid,
    link_id: uuid.describe('The same as id'),
    pr_link_id: uuid.describe('The same as id'),
    work_item_id: uuid,
    project_id: uuid,
    pr_number: z.int(),
    pr_url: z.string(),
    pr_state: z.enum(prStates),
    pr_title: z.string().nullable(),
    head_commit_hash: z.string().nullable().describe('Head of its branch, as last told'),
    pr_updated_at: time.nullable().describe('When it was last changed where it lives'),
    merge_commit_hash: z.string().nullable(),
    merged_by: z.string().nullable(),
    metadata,
    created_at: time,
    updated_at: time,
  })
  .meta({
    id: 'PrLink',
    description: 'A work item and a pull request of its branch',
    examples: [
      {
        id: '5b1f0a52-0f0e-5c51-9d52-8a3c5b7b1d10',
        link_id: '5b1f0a52-0f0e-5c51-9d52-8a3c5b7b1d10',
        pr_link_id: '5b1f0a52-0f0e-5c51-9d52-8a3c5b7b1d10',
        work_item_id: '9b1c2a34-5d6e-5f70-8a9b-0c1d2e3f4a5b',
        project_id: '3f0e6d1c-1a5b-5d8e-9d8b-6f2f0f1d2c3b',
        pr_number: 42,
        pr_url: 'https://github.com/acme/widget/pull/42',
        pr_state: 'open',
        pr_title: 'Spin the other way',
        head_commit_hash: 'a1b2c3d4e5f6',
        pr_updated_at: null,
        merge_commit_hash: null,
        merged_by: null,
        metadata: {},
        created_at: '2026-01-21T14:40:00.000Z',
        updated_at: '2026-01-21T14:40:00.000Z',
      },
    ],
  });

export type PrLinkResource = z.infer<typeof prLinkResource>;
