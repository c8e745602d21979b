import { describe, expect, it } from 'vitest';
import { EventSourcedCommandHandler } from '../../src/commands/handler.ts';
import type { Refusal } from '../../src/errors.ts';
import { at, command, projectId, registerWidget, settings, startOn } from '../support/commands.ts';
import { InMemoryEventStore } from '../support/in-memory-event-store.ts';

function setUp() {
  const store = new InMemoryEventStore();
  return { store, handler: new EventSourcedCommandHandler(store, settings) };
}

const refusal: Refusal = {
  code: 'NOT_FOUND',
  message: 'No such name',
  params: { token: 'secret' },
};
const over = Date.parse(at) - 1;

describe('what a door has against a command', () => {
  it('is recorded as its outcome, without secrets, and answered ever after', async () => {
    const { store, handler } = setUp();
    const refused = registerWidget({ refusal });
    const outcome = await handler.handle(refused);
    expect(outcome).toMatchObject({ status: 'rejected', error: { code: 'NOT_FOUND' } });
    expect(store.published).toMatchObject([
      { type: 'imi.cmd.failed', data: { error: { params: { token: '[redacted]' } } } },
    ]);
    const { refusal: _, ...mended } = refused;
    expect(await handler.handle(mended)).toEqual(outcome);
    expect(store.published).toHaveLength(1);
  });

  it('does not hide what came of the command before', async () => {
    const { store, handler } = setUp();
    const register = registerWidget();
    const outcome = await handler.handle(register);
    expect(await handler.handle({ ...register, refusal })).toEqual(outcome);
    expect(store.published).toHaveLength(1);
  });

  it('is no way to the outcome of another command with the same id', async () => {
    const { handler } = setUp();
    const register = registerWidget();
    await handler.handle(register);
    const other = startOn('feat/x', {}, { id: register.id, refusal });
    expect(await handler.handle(other)).toMatchObject({ error: { code: 'CONFLICT' } });
  });
});

describe('a command whose time is over', () => {
  it('is refused before anything else is looked at, and stays refused', async () => {
    const { store, handler } = setUp();
    const late = command('register_project', { name: '' }, { expiresAt: over });
    const outcome = await handler.handle(late);
    expect(outcome).toMatchObject({
      status: 'rejected',
      error: { code: 'PRECONDITION_FAILED', params: { reason: 'ttl_expired' } },
    });
    expect(await handler.handle({ ...late, expiresAt: over + 1_000 })).toEqual(outcome);
    expect(store.published).toHaveLength(1);
  });

  it('has its last moment still in time', async () => {
    const { handler } = setUp();
    const outcome = await handler.handle(registerWidget({ expiresAt: Date.parse(at) }));
    expect(outcome.status).toBe('accepted');
  });

  it('answers the outcome that it has, of whichever kind', async () => {
    const { handler } = setUp();
    const commands = [
      registerWidget(),
      registerWidget(),
      startOn('feat/x'),
      startOn('feat/x'),
      command('start_work', {}),
    ];
    for (const each of commands) {
      const outcome = await handler.handle(each);
      expect(await handler.handle({ ...each, expiresAt: over })).toEqual(outcome);
    }
  });

  it('is led to its end when an attempt in time was cut off before its outcome', async () => {
    const { store, handler } = setUp();
    const register = registerWidget();
    store.beforeAppend = (stream) => {
      if (stream.startsWith('project-')) throw new Error('the process died here');
    };
    await expect(handler.handle(register)).rejects.toThrow('died');
    store.beforeAppend = () => {};
    const next = new EventSourcedCommandHandler(store, settings);
    const outcome = await next.handle({ ...register, expiresAt: over });
    expect(outcome).toMatchObject({ status: 'accepted', ids: { project_id: projectId } });
  });
});
