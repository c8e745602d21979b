import { z } from 'zod';
import { deployResults } from '../../events/deploy.ts';
import { metadata, time, uuid } from './fields.ts';

/** A deploy and the work it ships (spec/domain.md, "Links and trace"). */
export const deployResource = z
  .object({
    id: uuid,
    link_id: uuid.describe('The same as id'),
    deploy_id: z.string().describe('As the deployer names it'),
    environment: z.string(),
    commit_hash: z.string(),
    deployment_commits: z.array(z.string()),
    deployed_at: time,
    result: z.enum(deployResults),
    project_id: uuid.nullable(),
    project_name: z.string().nullable(),
    remote_origin: z.string().nullable(),
    metadata,
    work_item_ids: z
      .array(uuid)
      .describe('What it ships: the work it names, and the work whose commits it names'),
    created_at: time,
    updated_at: time,
    revision: z.int().describe('Revision of its stream: the ETag'),
  })
  .meta({
    id: 'Deploy',
    description: 'A deploy, completed unless its result says otherwise',
    examples: [
      {
        id: 'c2a9b0a5-5a55-5b0e-8a3e-0a1c6f7b9d20',
        link_id: 'c2a9b0a5-5a55-5b0e-8a3e-0a1c6f7b9d20',
        deploy_id: 'deploy-7',
        environment: 'production',
        commit_hash: 'a1b2c3d4e5f6',
        deployment_commits: [],
        deployed_at: '2026-01-21T15:10:00.000Z',
        result: 'success',
        project_id: '3f0e6d1c-1a5b-5d8e-9d8b-6f2f0f1d2c3b',
        project_name: 'widget',
        remote_origin: 'git@github.com:acme/widget.git',
        metadata: {},
        work_item_ids: ['9b1c2a34-5d6e-5f70-8a9b-0c1d2e3f4a5b'],
        created_at: '2026-01-21T15:10:02.000Z',
        updated_at: '2026-01-21T15:10:02.000Z',
        revision: 0,
      },
    ],
  });

export type DeployResource = z.infer<typeof deployResource>;
