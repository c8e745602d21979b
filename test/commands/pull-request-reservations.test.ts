import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/commands/command.ts';
import { EventSourcedCommandHandler } from '../../src/commands/handler.ts';
import { StoreUnavailableError } from '../../src/events/event-store.ts';
import { prLinkIdOf } from '../../src/events/ids.ts';
import {
  command,
  origin,
  projectId,
  registerWidget,
  settings,
  startOn,
} from '../support/commands.ts';
import { InMemoryEventStore } from '../support/in-memory-event-store.ts';

const newProcess = (store: InMemoryEventStore) => new EventSourcedCommandHandler(store, settings);

async function setUp() {
  const store = new InMemoryEventStore();
  const handler = newProcess(store);
  await handler.handle(registerWidget());
  const a = String((await handler.handle(startOn('a'))).ids.work_item_id);
  const b = String((await handler.handle(startOn('b'))).ids.work_item_id);
  return { store, handler, a, b };
}

const link = (work_item_id: string, pr_number = 42) =>
  command('link_pr', { work_item_id, pr_number });

describe('the number of a pull request', () => {
  it('belongs to one work item, which a refusal names, also when that has ended', async () => {
    const { handler, a, b } = await setUp();
    const first = await handler.handle(link(a));
    const taken = {
      status: 'rejected',
      error: { code: 'CONFLICT', params: { work_item_id: a, pr_number: 42 } },
    };
    expect(await handler.handle(link(a))).toMatchObject({ status: 'unchanged', ids: first.ids });
    expect(await handler.handle(link(b))).toMatchObject(taken);
    expect(await handler.rehearse(link(b))).toMatchObject({ status: 'rejected' });
    const ended = { work_item_id: a, completion_type: 'merged' };
    await handler.handle(command('complete_work', ended));
    expect(await handler.handle(link(b))).toMatchObject(taken);
    expect((await handler.handle(link(a, 43))).status).toBe('accepted');
  });

  it('is free in every other project', async () => {
    const { handler, a } = await setUp();
    const other = { name: 'other', remote_origin: 'git@github.com:acme/other.git' };
    const { ids } = await handler.handle(command('register_project', other));
    const work = await handler.handle(startOn('a', { project_id: ids.project_id }));
    await handler.handle(link(a));
    const second = await handler.handle(link(String(work.ids.work_item_id)));
    expect(second.status).toBe('accepted');
  });

  it('finds its work item by the link, and by project, origin or work item', async () => {
    const { handler, a } = await setUp();
    const { ids } = await handler.handle(link(a));
    expect(ids.pr_link_id).toBe(prLinkIdOf(projectId, 42));
    const states = ['closed', 'open', 'closed', 'open'];
    const names = [
      { pr_link_id: ids.pr_link_id },
      { project_id: projectId, pr_number: 42 },
      { remote_origin: origin, pr_number: 42 },
      { work_item_id: a, pr_number: 42 },
    ];
    for (const [index, name] of names.entries()) {
      const move = command('update_pr_state', { ...name, pr_state: states[index] });
      expect(await handler.handle(move)).toMatchObject({ status: 'accepted', ids });
    }
    const unknown = command('update_pr_state', {
      project_id: projectId,
      pr_number: 7,
      pr_state: 'open',
    });
    expect(await handler.handle(unknown)).toMatchObject({ error: { code: 'NOT_FOUND' } });
  });

  it('can be taken over from a work item whose process died before it had it', async () => {
    const { store, a, b } = await setUp();
    const lost = link(a);
    store.beforeAppend = (stream) => {
      if (stream === `work_item-${a}`) throw new StoreUnavailableError('the process died here');
    };
    await expect(newProcess(store).handle(lost)).rejects.toThrow(StoreUnavailableError);
    store.beforeAppend = () => {};
    expect((await newProcess(store).handle(link(b))).status).toBe('accepted');
    expect(await newProcess(store).handle(lost)).toMatchObject({
      error: { code: 'CONFLICT', params: { work_item_id: b } },
    });
    const active = await newProcess(store).handle(
      command('update_git_state', { work_item_id: a, ahead_of_trunk: 1 }),
    );
    expect(active.status).toBe('accepted');
  });

  it('goes to one of many that ask for it side by side, in any order of their writes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const { store, a, b } = await setUp();
        store.beforeAppend = () => scheduler.schedule(Promise.resolve());
        const asked = [link(a), link(b), link(a), link(b)];
        const answers = Promise.all(asked.map((each) => newProcess(store).handle(each)));
        const outcomes = (await scheduler.waitFor(answers)) as Outcome[];
        const created = store.published.filter((event) => event.type === 'imi.pr.created');
        expect(created).toHaveLength(1);
        const statuses = outcomes.map((outcome) => outcome.status).sort();
        expect(statuses).toEqual(['accepted', 'rejected', 'rejected', 'unchanged']);
      }),
      { numRuns: 20 },
    );
  });
});
