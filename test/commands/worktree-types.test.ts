import { describe, expect, it } from 'vitest';
import { EventSourcedCommandHandler } from '../../src/commands/handler.ts';
import { conventionalPath } from '../../src/commands/worktree-types.ts';
import { registerWidget, settings, startOn } from '../support/commands.ts';
import { InMemoryEventStore } from '../support/in-memory-event-store.ts';

it('The path of a worktree is beside the trunk, and of no name that leads elsewhere', () => {
  expect(conventionalPath('/home/u/code/app/trunk-main', 'feat-x')).toBe('/home/u/code/app/feat-x');
  expect(conventionalPath('/home/u/code/app/trunk-main//', 'pr-1')).toBe('/home/u/code/app/pr-1');
  for (const name of ['..', '.', '../x', 'a/b', 'a\\b']) {
    expect(conventionalPath('/home/u/code/app/trunk-main', name)).toBeNull();
  }
});

describe('work in a worktree', () => {
  it('has its path beside the trunk unless it is told otherwise', async () => {
    const store = new InMemoryEventStore();
    const handler = new EventSourcedCommandHandler(store, settings);
    await handler.handle(registerWidget());
    const worktree = { type: 'feat', name: 'feat-x' };
    const paths = async (branch: string, body: object) => {
      await handler.handle(startOn(branch, { ...body }));
      return store.published.at(-1)?.data.worktree_path;
    };
    expect(await paths('a', { worktree })).toBe('/home/agent/code/widget/feat-x');
    expect(await paths('b', { worktree, worktree_path: '/srv/x' })).toBe('/srv/x');
    expect(await paths('c', {})).toBeNull();
    expect(await paths('d', { worktree: { type: 'feat', name: '../../etc' } })).toBeNull();
  });
});
