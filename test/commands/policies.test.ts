import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { EventSourcedCommandHandler } from '../../src/commands/handler.ts';
import { endWorkOfInactiveProjects } from '../../src/commands/policies/end-work-of-inactive-projects.ts';
import { runPolicies } from '../../src/commands/policies/run-policies.ts';
import { Snapshots } from '../../src/commands/snapshots.ts';
import { StoreUnavailableError } from '../../src/events/event-store.ts';
import { at, command, projectId, registerWidget, settings, startOn } from '../support/commands.ts';
import { InMemoryEventStore } from '../support/in-memory-event-store.ts';

const log = pino({ level: 'silent' });

async function setUp() {
  const store = new InMemoryEventStore();
  const handler = new EventSourcedCommandHandler(store, settings);
  await handler.handle(registerWidget());
  const activeWork = async () => {
    const ids = new Set<string>();
    for (const { type, data } of store.published) {
      if (type === 'imi.work.started') ids.add(String(data.work_item_id));
      if (type === 'imi.work.completed') ids.delete(String(data.work_item_id));
    }
    return [...ids];
  };
  const policies = [endWorkOfInactiveProjects(new Snapshots(store), activeWork)];
  const run = () =>
    runPolicies(
      { store, handler, policies, hostname: 'h', log, now: () => at },
      new AbortController().signal,
    );
  const completed = () =>
    store.published.filter((event) => event.type === 'imi.work.completed').map((e) => e.data);
  return { store, handler, run, completed };
}

describe('the policy for inactive projects', () => {
  it('abandons every active work item of a project that was deactivated', async () => {
    const { handler, run, completed } = await setUp();
    await handler.handle(startOn('a'));
    await handler.handle(startOn('b'));
    await handler.handle(command('deactivate_project', { project_id: projectId }));
    await run();
    expect(completed()).toMatchObject([
      { branch_name: 'a', completion_type: 'abandoned', reason: 'project_deactivated' },
      { branch_name: 'b', completion_type: 'abandoned', reason: 'project_deactivated' },
    ]);
  });

  it('finishes after a crash in the middle, without doing anything twice', async () => {
    const { store, handler, run, completed } = await setUp();
    for (const branch of ['a', 'b', 'c']) await handler.handle(startOn(branch));
    await handler.handle(command('deactivate_project', { project_id: projectId }));
    let appends = 0;
    store.beforeAppend = () => {
      appends += 1;
      if (appends === 2) throw new StoreUnavailableError('the process died here');
    };
    await run();
    await run();
    expect(completed().map((data) => data.branch_name)).toEqual(['a', 'b', 'c']);
  });

  it('abandons work that was started by a process that had not seen the deactivation', async () => {
    const { store, handler, run, completed } = await setUp();
    const late = new EventSourcedCommandHandler(store, settings);
    await late.handle(startOn('before'));
    await handler.handle(command('deactivate_project', { project_id: projectId }));
    await late.handle(startOn('after'));
    await run();
    expect(completed().map((data) => data.branch_name)).toEqual(['before', 'after']);
  });

  it('starts after what it has done before', async () => {
    const { store, handler, run } = await setUp();
    await handler.handle(startOn('a'));
    await handler.handle(command('deactivate_project', { project_id: projectId }));
    await run();
    const written = store.published.length;
    await run();
    expect(store.published).toHaveLength(written);
  });
});
