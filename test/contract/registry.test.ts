import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { consumedQueues } from '../../src/bloodbank/topology.ts';
import { catalogue } from '../../src/events/catalogue.ts';
import { registryPath, registryText } from './registry-file.ts';

const written = await readFile(registryPath, 'utf8');

it('services/registry.yaml says what the code does; if not, `npm run registry` writes it', () => {
  expect(written).toBe(registryText());
});

it('The registry entry has the form of the v3 document', () => {
  expect(parse(written)['imi-v3']).toMatchObject({
    name: 'imi-v3',
    type: 'hybrid',
    queue_names: [...consumedQueues],
    routing_keys: expect.arrayContaining([
      'imi.cmd.register_project',
      'imi.cmd.start_work',
      'imi.project.register',
      'imi.worktree.create',
      'imi.worktree.merge',
      'command.imi.*',
    ]),
    produces: [
      ...Object.keys(catalogue),
      'imi.project.registration_failed',
      'imi.worktree.creation_failed',
      'imi.worktree.merge_failed',
      'imi.worktree.merged',
      'command.imi.*.ack',
      'command.imi.*.result',
      'command.imi.*.error',
    ],
    status: 'active',
    owner: '33GOD',
    endpoints: {
      api: 'http://localhost:8400/api/v1',
      health: 'http://localhost:8400/health',
      docs: 'http://localhost:8400/docs',
    },
  });
});
