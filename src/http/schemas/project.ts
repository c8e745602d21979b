import { z } from 'zod';
import { metadata, time, uuid } from './fields.ts';

/** A project as every door of the API shows it (spec/domain.md, "Project"). */
export const projectResource = z
  .object({
    id: uuid,
    project_id: uuid.describe('The same as id'),
    name: z.string(),
    remote_origin: z.string(),
    default_branch: z.string(),
    trunk_path: z.string(),
    description: z.string().nullable(),
    metadata,
    active: z.boolean(),
    active_work_items: z.int(),
    inflight_work_items: z.int(),
    created_at: time,
    updated_at: time,
    revision: z.int().describe('Revision of its stream: the ETag'),
  })
  .meta({
    id: 'Project',
    description: 'A project, known by its remote origin',
    examples: [
      {
        id: '3f0e6d1c-1a5b-5d8e-9d8b-6f2f0f1d2c3b',
        project_id: '3f0e6d1c-1a5b-5d8e-9d8b-6f2f0f1d2c3b',
        name: 'widget',
        remote_origin: 'git@github.com:acme/widget.git',
        default_branch: 'main',
        trunk_path: '/home/agent/code/widget/trunk-main',
        description: null,
        metadata: { team: 'core' },
        active: true,
        active_work_items: 2,
        inflight_work_items: 1,
        created_at: '2026-01-21T14:30:22.000Z',
        updated_at: '2026-01-21T14:30:22.000Z',
        revision: 0,
      },
    ],
  });

export type ProjectResource = z.infer<typeof projectResource>;
