import { z } from 'zod';
import { untrackedGitState, untrackedPullRequest } from '../../events/untracked.ts';
import { time, uuid } from './fields.ts';

/** A branch or a checkout in which something moves that nobody registered (spec/bloodbank.md). */
export const untrackedWorkResource = z
  .object({
    id: uuid,
    untracked_id: uuid.describe('The same as id'),
    project_id: uuid.nullable().describe('Of the repository, when it is registered'),
    project_name: z.string().nullable(),
    remote_origin: z.string().nullable(),
    branch_name: z.string().nullable(),
    worktree_path: z.string().nullable(),
    host: z.string().nullable(),
    agent_ids: z.array(z.string()).describe('Who was seen there, the newest last'),
    commit_count: z.int(),
    file_count: z.int().describe('Files that agents were seen to change'),
    prs: z.array(untrackedPullRequest),
    git_state: untrackedGitState.nullable(),
    head_commit_hash: z.string().nullable(),
    branch_deleted_at: time.nullable(),
    first_seen_at: time,
    last_activity_at: time,
    revision: z.int(),
  })
  .meta({
    id: 'UntrackedWork',
    description: 'Something moves here that nobody registered; it is joined when work is started',
    examples: [
      {
        id: '0d0f4c0a-8a4d-5a0e-9c55-3f3a1e6a7b10',
        untracked_id: '0d0f4c0a-8a4d-5a0e-9c55-3f3a1e6a7b10',
        project_id: '3f0e6d1c-1a5b-5d8e-9d8b-6f2f0f1d2c3b',
        project_name: 'widget',
        remote_origin: 'git@github.com:acme/widget.git',
        branch_name: 'try/something',
        worktree_path: null,
        host: null,
        agent_ids: ['agent-7'],
        commit_count: 2,
        file_count: 0,
        prs: [],
        git_state: null,
        head_commit_hash: 'a1b2c3d4e5f6',
        branch_deleted_at: null,
        first_seen_at: '2026-01-21T14:30:22.000Z',
        last_activity_at: '2026-01-21T14:35:00.000Z',
        revision: 1,
      },
    ],
  });

export type UntrackedWorkResource = z.infer<typeof untrackedWorkResource>;
