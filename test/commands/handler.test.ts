import { describe, expect, it, vi } from 'vitest';
import type { Outcome, Success } from '../../src/commands/command.ts';
import { EventSourcedCommandHandler } from '../../src/commands/handler.ts';
import { workItemIdOf } from '../../src/events/ids.ts';
import {
  command,
  origin,
  projectId,
  registerWidget,
  settings,
  startOn,
} from '../support/commands.ts';
import { InMemoryEventStore } from '../support/in-memory-event-store.ts';

const setUp = () => {
  const store = new InMemoryEventStore();
  return { store, handler: new EventSourcedCommandHandler(store, settings) };
};

const typesOf = (outcome: Outcome) =>
  outcome.status === 'rejected' ? outcome.error.code : outcome.events.map((event) => event.type);

describe('registering a project', () => {
  it('gives the same id for every spelling of its origin and writes one event', async () => {
    const { store, handler } = setUp();
    const first = await handler.handle(registerWidget());
    for (const remote_origin of [
      'https://github.com/acme/widget',
      'ssh://git@github.com:22/ACME/Widget.git',
      'https://someone:secret@github.com/acme/widget.git',
    ]) {
      const again = await handler.handle(command('register_project', { name: 'x', remote_origin }));
      expect(again.status).toBe('unchanged');
      expect(again.ids).toEqual({ project_id: projectId });
    }
    expect(first.ids).toEqual({ project_id: projectId });
    expect(store.published.map((event) => event.type)).toEqual(['imi.project.registered']);
    expect(store.published[0]?.data).toMatchObject({
      remote_origin: origin,
      trunk_path: '/home/agent/code/widget/trunk-main',
    });
  });

  it('reactivates an inactive project under its id', async () => {
    const { handler } = setUp();
    await handler.handle(registerWidget());
    await handler.handle(command('deactivate_project', { project_id: projectId }));
    const again = (await handler.handle(registerWidget())) as Success;
    expect(again.events[0]?.data).toMatchObject({ project_id: projectId, reactivated: true });
  });

  it('keeps the id that an import brings, also for later commands that know only the origin', async () => {
    const { handler } = setUp();
    const id = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
    const imported = { name: 'widget', remote_origin: origin, project_id: id };
    await handler.handle(command('register_project', imported));
    const plain = await handler.handle(registerWidget());
    const work = await handler.handle(
      startOn('feat/x', { project_id: undefined, remote_origin: origin }),
    );
    expect(plain).toMatchObject({ status: 'unchanged', ids: { project_id: id } });
    expect(work).toMatchObject({ status: 'accepted', ids: { project_id: id } });
  });

  it('refuses an import whose origin or id is taken, naming the project that has it', async () => {
    const { handler } = setUp();
    await handler.handle(registerWidget());
    const other = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
    const taken = { name: 'w', remote_origin: origin, project_id: other };
    const wrongId = { name: 'w', remote_origin: 'git@github.com:a/b.git', project_id: projectId };
    for (const body of [taken, wrongId]) {
      const outcome = await handler.handle(command('register_project', body));
      expect(outcome).toMatchObject({
        status: 'rejected',
        error: { code: 'CONFLICT', params: { project_id: projectId } },
      });
    }
  });

  it('refuses an origin iMi cannot identify a project by, and does not repeat a credential in it', async () => {
    const { store, handler } = setUp();
    for (const remote_origin of [
      './TonnyBox',
      'file:///srv/x',
      'git@github.com:/x.git',
      'git@gitlab.com:a/b.git',
      'https://u:hunter2@example.org/a/b',
    ]) {
      const outcome = await handler.handle(
        command('register_project', { name: 'x', remote_origin }),
      );
      expect(typesOf(outcome)).toBe('VALIDATION_ERROR');
    }
    expect(JSON.stringify(store.all.map((event) => event.data))).not.toContain('hunter2');
  });
});

describe('updating a project', () => {
  it('merges metadata by RFC 7396 and names what changed', async () => {
    const { handler } = setUp();
    const body = { name: 'w', remote_origin: origin, metadata: { a: 1, b: { c: 2, d: 3 } } };
    await handler.handle(command('register_project', body));
    const patch = { project_id: projectId, metadata: { a: null, b: { c: 9 } } };
    const outcome = (await handler.handle(command('update_project', patch))) as Success;
    expect(outcome.events[0]?.data).toMatchObject({
      metadata: { b: { c: 9, d: 3 } },
      changed_fields: ['metadata'],
    });
    const again = await handler.handle(command('update_project', patch));
    expect(again.status).toBe('unchanged');
  });

  it('refuses a project that does not exist', async () => {
    const { handler } = setUp();
    const outcome = await handler.handle(
      command('update_project', { project_id: projectId, name: 'x' }),
    );
    expect(typesOf(outcome)).toBe('NOT_FOUND');
  });
});

describe('starting work', () => {
  it('links the ticket it came from in the same append', async () => {
    const { store, handler } = setUp();
    await handler.handle(registerWidget());
    const source = { type: 'plane_ticket', ref: 'PROJ-123' };
    const outcome = await handler.handle(startOn('feat/x', { source }));
    expect(typesOf(outcome)).toEqual(['imi.work.started', 'imi.link.ticket_linked']);
    expect(store.published.at(-1)?.data.plane_ticket_id).toBe('PROJ-123');
  });

  it('refuses a second start on the branch and names the work item that has it', async () => {
    const { handler } = setUp();
    await handler.handle(registerWidget());
    const first = await handler.handle(startOn('feat/x'));
    const second = await handler.handle(startOn('feat/x'));
    expect(second).toMatchObject({
      status: 'rejected',
      error: { code: 'CONFLICT', params: { work_item_id: first.ids.work_item_id } },
    });
  });

  it('lets a branch be worked on again once its work has ended', async () => {
    const { handler } = setUp();
    await handler.handle(registerWidget());
    const address = { project_id: projectId, branch_name: 'feat/x' };
    await handler.handle(startOn('feat/x'));
    await handler.handle(command('complete_work', { ...address, completion_type: 'merged' }));
    const second = await handler.handle(startOn('feat/x'));
    expect(second.status).toBe('accepted');
    const update = command('update_git_state', { ...address, ahead_of_trunk: 1 });
    expect((await handler.handle(update)).ids.work_item_id).toBe(second.ids.work_item_id);
  });

  it('refuses an inactive or unknown project', async () => {
    const { handler } = setUp();
    expect(typesOf(await handler.handle(startOn('feat/x')))).toBe('NOT_FOUND');
    await handler.handle(registerWidget());
    await handler.handle(command('deactivate_project', { project_id: projectId }));
    expect(typesOf(await handler.handle(startOn('feat/x')))).toBe('NOT_FOUND');
  });

  it('reads nothing for a branch that nobody had and an id of its own', async () => {
    const { store, handler } = setUp();
    await handler.handle(registerWidget());
    const reads = [vi.spyOn(store, 'readStream'), vi.spyOn(store, 'readLast')];
    const started = await handler.handle(startOn('feat/x', {}, { fresh: true }));
    expect(started.status).toBe('accepted');
    for (const read of reads) expect(read).not.toHaveBeenCalled();
  });

  it('is not done again when an id of its own comes once more', async () => {
    const { store, handler } = setUp();
    await handler.handle(registerWidget());
    const start = startOn('feat/x', {}, { fresh: true });
    const [first, again] = [await handler.handle(start), await handler.handle(start)];
    expect(again).toEqual(first);
    const sent = await handler.handle({ ...start, fresh: false });
    expect(sent).toEqual(first);
    expect(store.published.filter(({ type }) => type === 'imi.work.started')).toHaveLength(1);
  });
});

describe('recording git state', () => {
  const update = async (...updates: Record<string, unknown>[]) => {
    const { store, handler } = setUp();
    await handler.handle(registerWidget());
    const { ids } = await handler.handle(startOn('feat/x'));
    const outcomes: Outcome[] = [];
    for (const [index, { now, ...body }] of updates.entries()) {
      const given = { now: String(now ?? `2026-01-21T15:00:0${index}.000Z`) };
      const address = { work_item_id: ids.work_item_id };
      outcomes.push(
        await handler.handle(command('update_git_state', { ...address, ...body }, given)),
      );
    }
    return { outcomes, last: store.published.at(-1)?.data };
  };

  it('lets a count decide the flag', async () => {
    const { last } = await update({ uncommitted_files_count: 3 });
    expect(last).toMatchObject({ has_uncommitted_changes: true, uncommitted_files_count: 3 });
  });

  it('keeps a flag without a count as changes of unknown number', async () => {
    const { last } = await update({ has_uncommitted_changes: true });
    expect(last).toMatchObject({ has_uncommitted_changes: true, uncommitted_files_count: null });
  });

  it('refuses "no changes" together with a count of them', async () => {
    const { outcomes } = await update({
      has_uncommitted_changes: false,
      uncommitted_files_count: 2,
    });
    expect(outcomes.map(typesOf)).toEqual(['VALIDATION_ERROR']);
  });

  it('writes nothing for what is known, until the heartbeat is due', async () => {
    const same = { ahead_of_trunk: 2 };
    const { outcomes } = await update(same, same, { ...same, now: '2026-01-21T15:02:00.000Z' });
    expect(outcomes.map((o) => o.status)).toEqual(['accepted', 'unchanged', 'accepted']);
  });

  it('does not let an older look undo a newer one', async () => {
    const { outcomes, last } = await update(
      { ahead_of_trunk: 5, last_sync_at: '2026-01-21T14:59:00Z' },
      { ahead_of_trunk: 1, last_sync_at: '2026-01-21T14:58:00Z' },
    );
    expect(outcomes.map((o) => o.status)).toEqual(['accepted', 'unchanged']);
    expect(last?.ahead_of_trunk).toBe(5);
  });
});

describe('completing work', () => {
  it('is done once; the same again is unchanged and another kind a conflict', async () => {
    const { store, handler } = setUp();
    await handler.handle(registerWidget());
    const { ids } = await handler.handle(startOn('feat/x'));
    const complete = (completion_type: string) =>
      handler.handle(
        command('complete_work', {
          work_item_id: ids.work_item_id,
          completion_type,
          merged_by: 'ann',
        }),
      );
    expect(typesOf(await complete('merged'))).toEqual(['imi.work.completed']);
    expect((await complete('merged')).status).toBe('unchanged');
    expect(typesOf(await complete('abandoned'))).toBe('CONFLICT');
    const completed = store.published.find((event) => event.type === 'imi.work.completed');
    expect(completed?.data).toMatchObject({ completed_by: 'ann', completion_type: 'merged' });
  });
});

describe('a command id', () => {
  it('has one outcome, also when nothing changed and things have moved on since', async () => {
    const { handler } = setUp();
    await handler.handle(registerWidget());
    const { ids } = await handler.handle(startOn('feat/x'));
    const ahead = (n: number) =>
      command('update_git_state', { work_item_id: ids.work_item_id, ahead_of_trunk: n });
    await handler.handle(ahead(1));
    const repeated = ahead(1);
    const first = await handler.handle(repeated);
    await handler.handle(ahead(2));
    expect(await handler.handle(repeated)).toEqual(first);
    expect(first.status).toBe('unchanged');
  });

  it('keeps its refusal when the command would succeed by now', async () => {
    const { handler } = setUp();
    const early = startOn('feat/x');
    const refused = await handler.handle(early);
    await handler.handle(registerWidget());
    expect(await handler.handle(early)).toEqual(refused);
  });

  it('answers alike in another process', async () => {
    const { store, handler } = setUp();
    await handler.handle(registerWidget());
    const start = startOn('feat/x', { source: { type: 'plane_ticket', ref: 'PROJ-1' } });
    const bad = command('start_work', { branch_name: 'x' });
    const missing = command('update_project', { project_id: workItemIdOf('none') });
    const firsts = [];
    for (const each of [start, bad, missing]) firsts.push(await handler.handle(each));
    const other = new EventSourcedCommandHandler(store, settings);
    const seconds = [];
    for (const each of [start, bad, missing]) seconds.push(await other.handle(each));
    expect(seconds).toEqual(firsts);
  });

  it('answers with the outcome it has when the command comes again with other fields', async () => {
    const { store, handler } = setUp();
    await handler.handle(registerWidget());
    const rename = command('update_project', { project_id: projectId, name: 'first' });
    const first = await handler.handle(rename);
    const body = { project_id: projectId, name: 'second' };
    expect(await handler.handle({ ...rename, body })).toEqual(first);
    expect(store.published).toHaveLength(2);
  });

  it('is refused to a command about something else, which would take the answer for its own', async () => {
    const { store, handler } = setUp();
    const { id } = registerWidget();
    await handler.handle(registerWidget({ id }));
    const other = { name: 'other', remote_origin: 'git@github.com:acme/other.git' };
    for (const reused of [
      command('register_project', other, { id }),
      command('deactivate_project', { project_id: projectId }, { id }),
      command('deactivate_project', { project_id: workItemIdOf('none') }, { id }),
    ]) {
      expect(typesOf(await handler.handle(reused))).toBe('CONFLICT');
    }
    expect(store.published).toHaveLength(1);
  });
});

describe('a refusal', () => {
  it('is not answered to another command that uses its id', async () => {
    const { store, handler } = setUp();
    const { id } = registerWidget();
    const missing = command('deactivate_project', { project_id: workItemIdOf('none') }, { id });
    expect(typesOf(await handler.handle(missing))).toBe('NOT_FOUND');
    expect(typesOf(await handler.handle(registerWidget({ id })))).toBe('CONFLICT');
    expect(typesOf(await handler.handle(missing))).toBe('NOT_FOUND');
    expect(store.published).toHaveLength(1);
  });

  it('stays small whatever a field is called', async () => {
    const { store, handler } = setUp();
    const metadata = { ['x'.repeat(900_000)]: 1 };
    await handler.handle(command('register_project', { name: 'w', remote_origin: 'x', metadata }));
    const [refusal] = store.published;
    expect(refusal?.data).toMatchObject({ error: { code: 'VALIDATION_ERROR' } });
    expect(JSON.stringify(refusal?.data).length).toBeLessThan(5_000);
  });

  it('names no field that is named by a credential', async () => {
    const { store, handler } = setUp();
    const name = `ghp_${'x'.repeat(170)}${'0123456789'.repeat(9)}`;
    const metadata = { [name]: 1 };
    await handler.handle(command('register_project', { name: 'w', remote_origin: 'x', metadata }));
    const [refusal] = store.published;
    expect(refusal?.data).toMatchObject({ error: { code: 'VALIDATION_ERROR' } });
    expect(JSON.stringify(refusal?.data)).not.toContain('0123456789');
  });

  it('is recorded without anything that looks like a secret', async () => {
    const { store, handler } = setUp();
    const body = {
      branch_name: 'feat/x',
      api_key: 'abc',
      note: 'use ghp_0123456789abcdefABCDEF0123456789abcd',
      url: 'https://me:pass@example.org',
    };
    await handler.handle(command('start_work', body));
    const [failed] = store.published;
    expect(failed?.type).toBe('imi.cmd.failed');
    expect(failed?.data.request).toMatchObject({ branch_name: 'feat/x', api_key: '[redacted]' });
    expect(JSON.stringify(failed?.data)).not.toMatch(/ghp_0|me:pass|"abc"/);
  });
});

describe('a condition on the revision', () => {
  it('refuses a write to an entity that has moved on, and lets one through that has not', async () => {
    const { handler } = setUp();
    const { revision } = (await handler.handle(registerWidget())) as Success;
    const rename = (name: string, ifRevision: number) =>
      handler.handle(
        command('update_project', { project_id: projectId, name }, { ifRevision, fresh: true }),
      );
    expect((await rename('a', revision)).status).toBe('accepted');
    expect(typesOf(await rename('b', revision))).toBe('PRECONDITION_FAILED');
  });
});

describe('a rehearsal', () => {
  it('tells what would be written and writes nothing', async () => {
    const { store, handler } = setUp();
    await handler.handle(registerWidget());
    const written = store.all.length;
    const rehearsal = await handler.rehearse(startOn('feat/x'));
    expect(rehearsal).toMatchObject({ status: 'accepted', events: [{ type: 'imi.work.started' }] });
    expect(store.all).toHaveLength(written);
  });

  it('sees that a branch is taken', async () => {
    const { handler } = setUp();
    await handler.handle(registerWidget());
    await handler.handle(startOn('feat/x'));
    expect(await handler.rehearse(startOn('feat/x'))).toMatchObject({ status: 'rejected' });
  });
});
