import { v4 as uuid4 } from 'uuid';
import { expect, test } from 'vitest';
import { topologyOf } from '../../../src/bloodbank/topology.ts';
import { v2EventsOf } from '../../../src/commands/translation/v2-events.ts';
import type { NewEvent } from '../../../src/events/event-store.ts';
import {
  gitStateUpdated,
  newEvent,
  projectRegistered,
  pushed,
  workCompleted,
  workStarted,
} from '../../support/projected-events.ts';

const id = uuid4();

const said = (event: NewEvent) =>
  v2EventsOf({ ...event, streamId: `work_item-${id}`, revision: 0, position: 1n });

const face = { worktree_id: id, project_name: 'widget', branch_name: `branch-${id}` };

test('the start of work is a worktree created, of the type and name it has, or would have', () => {
  expect(said(workStarted(id))).toMatchObject([
    { type: 'imi.worktree.created', payload: { ...face, type: 'feat', name: `branch-${id}` } },
  ]);
  const worktree = { type: 'fix', name: 'fix-spin', host: 'forge' };
  const started = workStarted(id, 'fix/spin', { worktree, worktree_path: '/code/fix-spin' });
  expect(said(started)).toMatchObject([
    { payload: { type: 'fix', name: 'fix-spin', path: '/code/fix-spin', branch_name: 'fix/spin' } },
  ]);
});

test('a git state is told under both names that v2 had for it', () => {
  const both = said(gitStateUpdated(id, { ahead_of_trunk: 2 }));
  expect(both.map(({ type }) => type)).toEqual([
    'imi.git.state_synced',
    'imi.worktree.git_state_updated',
  ]);
  for (const { payload } of both) expect(payload).toMatchObject({ ...face, ahead_of_trunk: 2 });
});

test.each([
  ['merged', 'imi.worktree.merged'],
  ['abandoned', 'imi.worktree.removed'],
  ['superseded', 'imi.worktree.removed'],
])('work that is %s is %s', (completion_type, type) => {
  expect(said(workCompleted(id, { completion_type }))).toMatchObject([{ type, payload: face }]);
});

test('activity is logged with who and what', () => {
  expect(said(pushed(id, ['abcdef1', 'abcdef2']))).toMatchObject([
    {
      type: 'imi.activity.logged',
      payload: { ...face, activity_type: 'pushed', description: 'Pushed 2 commits' },
    },
  ]);
});

test('nothing is said of what v2 did not know, or what cannot be read', () => {
  expect(said(projectRegistered('widget'))).toEqual([]);
  expect(said(newEvent('imi.work.started', { broken: true }))).toEqual([]);
  expect(said(newEvent('imi.work.painted', {}))).toEqual([]);
});

test('nothing that is said is taken in again', () => {
  const bound = Object.values(topologyOf('x', []).queues).flatMap(({ bindings }) =>
    bindings.map(({ key }) => key),
  );
  const all = [workStarted(id), gitStateUpdated(id), workCompleted(id), pushed(id, ['abcdef1'])];
  for (const { type } of all.flatMap(said)) expect(bound).not.toContain(type);
});
