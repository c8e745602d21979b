import { rm, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Json, type Stack, startStack } from '../read-api/stack.ts';
import { type GitFolder, gitFolder } from './git-folder.ts';
import { runImi } from './run-imi.ts';

let stack: Stack;
let checkout: GitFolder;
let env: Record<string, string>;

// The tests are one story, in their order.
beforeAll(async () => {
  stack = await startStack();
  env = { IMI_API_URL: await stack.app.listen({ host: '127.0.0.1', port: 0 }) };
  checkout = await gitFolder('https://user:hunter2@github.com/acme/widget.git', 'fix/spin');
});
afterAll(async () => {
  await stack.close();
  await rm(checkout.path, { recursive: true });
});

/** What a command that must succeed says. */
async function imi(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runImi(args, { env, cwd: checkout.path });
  expect(code, stderr).toBe(0);
  return stdout;
}

const json = async (...args: string[]): Promise<Json> => JSON.parse(await imi(...args, '--json'));

describe('The command imi', () => {
  it('registers the repository of the checkout, without the token in its origin', async () => {
    expect(await imi('projects', 'register')).toMatch(/^Registered\n/);
    expect(await imi('projects', 'register')).toMatch(/^Registered already\n/);
    const project = await json('projects', 'get');
    expect(project).toMatchObject({
      name: 'widget',
      remote_origin: 'git@github.com:acme/widget.git',
    });
    expect(JSON.stringify(stack.store.all.map((event) => event.data))).not.toContain('hunter2');
  });

  it('names, changes and lists projects', async () => {
    await json('projects', 'register', 'handbook', '--origin', 'git@github.com:acme/docs.git');
    const changed = await json('projects', 'update', 'handbook', '--description', 'how we work');
    expect(changed).toMatchObject({ name: 'handbook', description: 'how we work' });
    const table = await imi('projects', 'list');
    expect(table.split('\n')[0]).toMatch(/^ID +NAME +ORIGIN +TRUNK +WORK +IN FLIGHT +ACTIVE$/);
    expect(table).toMatch(/widget +git@github.com:acme\/widget.git +main +0 +0 +yes/);
    expect(await json('projects', 'list', '--search', 'handbok')).toMatchObject({
      items: [{ name: 'handbook' }],
    });
    const asOf = ['--as-of', stack.store.all.at(-2)?.position.toString() ?? ''];
    expect(await json('projects', 'get', 'handbook', ...asOf)).toMatchObject({ description: null });
    expect(await json('projects', 'list', '--as-of', '2000-01-01T00:00:00Z')).toEqual(
      expect.objectContaining({ total: 0 }),
    );
  });

  it('starts work on the branch of the checkout and says what is in flight', async () => {
    const item = await json('work', 'start', '--ticket', 'PROJ-7');
    expect(item).toMatchObject({
      branch_name: 'fix/spin',
      work_type: 'fix',
      owner_id: userInfo().username,
      worktree_path: checkout.path,
      tickets: [{ plane_ticket_id: 'PROJ-7' }],
    });
    await writeFile(join(checkout.path, 'new'), 'two\n');
    expect(await json('work', 'git-state')).toMatchObject({
      uncommitted_files_count: 1,
      last_commit_message: 'First',
    });
    expect(await json('work', 'git-state', item.id, '--ahead', '2')).toMatchObject({
      uncommitted_files_count: 1,
      ahead_of_trunk: 2,
    });
    expect(await imi('work', 'inflight')).toMatch(
      /widget +fix\/spin +fix .* uncommitted +busy +PROJ-7/,
    );
    expect(await json('work', 'list', '--project', 'handbook')).toMatchObject({ items: [] });
    expect(await imi('work', 'list', '--project', 'handbook')).toBe('No work\n');
  });

  it('links a ticket, traces it, and counts', async () => {
    expect(await imi('link', 'ticket', 'PROJ-8', '--title', 'Spins\u001b[31m')).toMatch(
      /^Linked PROJ-8/,
    );
    expect(await imi('link', 'ticket', 'PROJ-8')).toMatch(/^Linked already: PROJ-8/);
    const trace = await imi('trace', 'ticket', 'PROJ-8');
    expect(trace).toMatch(/PROJ-8 +Spins \[31m/);
    expect(trace).toMatch(/widget +fix\/spin/);
    expect(await imi('trace', 'ticket', 'PROJ-404')).toBe('Nothing is linked to it\n');
    expect(await imi('stats')).toMatch(/total projects +2\n/);
  });

  it('says who else is at it, and what nobody registered', async () => {
    const { id } = await json('work', 'get');
    expect(await imi('work', 'conflicts')).toBe('No conflicts\n');
    const other = await json('work', 'start', 'try/other', '--owner', 'bob');
    const paths = ['a.ts', 'b.ts', 'c.ts', 'd.ts'];
    for (const work_item_id of [id, other.id]) {
      await stack.send('record_activity', { work_item_id, kind: 'tool_mutation', paths });
    }
    expect(await imi('work', 'conflicts')).toMatch(
      /widget +try\/other +bob +clean +\S+ +a\.ts, b\.ts, c\.ts, and 1 more/,
    );
    expect(await json('work', 'conflicts', '--project', 'widget')).toMatchObject({
      items: [{ with_work_item_id: other.id }, { with_work_item_id: id }],
    });
    expect(await json('work', 'conflicts', '--path', 'x.ts', 'd.ts')).toMatchObject({
      items: [{ work_item_id: id }, { work_item_id: other.id }],
    });
    expect(await imi('work', 'untracked')).toBe('Nothing moves that is not registered\n');
    const wild = { remote_origin: 'git@github.com:acme/widget.git', branch_name: 'wild' };
    const commits = [{ hash: 'abcdef1' }];
    await stack.send('observe_untracked', { ...wild, kind: 'push', commits, agent_id: 'cy' });
    expect(await imi('work', 'untracked', '--agent', 'cy')).toMatch(/widget +wild +- +cy +1 +-/);
    expect(await imi('work', 'untracked', '--project', 'handbook')).toMatch(/^Nothing moves/);
    await json('work', 'complete', other.id, '--as', 'abandoned');
  });

  it('completes work, and shows what was recorded of it', async () => {
    const { id } = await json('work', 'get');
    const done = await json('work', 'complete', '--as', 'merged', '--merge-commit', 'abcdef1');
    expect(done).toMatchObject({ id, status: 'merged', merge_commit_hash: 'abcdef1' });
    expect(await imi('history', 'work_item', id)).toMatch(/imi\.work\.completed/);
    const events = await json('events', '--stream', `work_item-${id}`, '--limit', '2');
    expect(events.map((event: Json) => event.type)).toEqual([
      ...['imi.work.activity_observed', 'imi.work.completed'],
    ]);
  });

  it('deactivates a project that is named, and tells how the service is', async () => {
    expect(await imi('projects', 'deactivate', 'handbook')).toMatch(/^Deactivated handbook/);
    expect(await json('projects', 'list', '--all')).toMatchObject({ total: 2 });
    expect(await imi('health')).toMatch(/iMi +healthy +1\.2\.3/);
  });
});
