import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { StoreUnavailableError } from '../../src/events/event-store.ts';
import { violationsOf } from '../bloodbank/envelope-rules.ts';
import { json, until } from '../bloodbank/support.ts';
import { shapes } from '../e2e/envelopes.ts';
import { origin, projectId } from '../support/commands.ts';
import { type Answer, buses, openDoor } from './open-door.ts';

const widget = { name: 'widget', remote_origin: origin };
const auth = { project_id: projectId, type: 'feat', name: 'user-auth' };

/** A document of v2. */
const v2 = (event_type: string, payload: object) => ({
  event_type,
  timestamp: '2026-01-21T14:30:22Z',
  source: 'flume',
  correlation_id: randomUUID(),
  idempotency_key: randomUUID(),
  payload,
});

const keysOf = (answers: readonly Answer[]) => answers.map(({ key }) => key);

describe.each(buses)('the keys of v2 on %s', (_, openBus) => {
  async function open() {
    const door = await openDoor(openBus);
    let sent = 0;
    /** Sends a request and waits until it is dealt with. */
    const request = async (key: string, payload: object, body: object = v2(key, payload)) => {
      door.send(key, body);
      sent += 1;
      await door.handled(sent);
    };
    return { ...door, request };
  }

  it.each(shapes.map((shape, index) => ({ index, shape })))(
    'take a project, a worktree and its merge in envelope $index',
    async ({ shape }) => {
      const { store, send, handled } = await openDoor(openBus);
      const requests = [
        ['imi.project.register', widget],
        ['imi.worktree.create', auth],
        ['imi.worktree.merge', { project_id: projectId, branch_name: 'feat/user-auth' }],
      ] as const;
      for (const [index, [key, payload]] of requests.entries()) {
        const { body, properties } = shape(key, payload);
        const { exchange, ...rest } = properties;
        // The envelope of the command plane needs no action here: the key says what is asked.
        send(key, body, rest, exchange);
        await handled(index + 1);
      }
      expect(store.published.map(({ type }) => type)).toEqual([
        'imi.project.registered',
        'imi.work.started',
        'imi.work.completed',
      ]);
      expect(store.published[1]?.data).toMatchObject({
        branch_name: 'feat/user-auth',
        work_type: 'feature',
        worktree_path: '/home/agent/code/widget/feat-user-auth',
        worktree: { type: 'feat', name: 'feat-user-auth', host: null },
      });
      expect(store.published[2]?.data).toMatchObject({ completion_type: 'merged' });
    },
  );

  it('answer a registration that changed nothing by the event’s name, without a place in the history', async () => {
    const { store, request, answered, answers } = await open();
    await request('imi.project.register', widget);
    expect(answers()).toEqual([]);
    const again = v2('imi.project.register', widget);
    await request('imi.project.register', widget, again);
    const [reply, ...more] = await answered(1);
    expect(more).toEqual([]);
    expect(reply?.key).toBe('imi.project.registered');
    expect(reply?.envelope).toMatchObject({
      correlation_id: again.correlation_id,
      causation_id: again.idempotency_key,
    });
    const { reactivated: _, ...face } = store.published[0]?.data ?? {};
    expect(reply?.envelope.payload).toEqual({
      ...face,
      reactivated: false,
      unchanged: true,
      command_id: again.idempotency_key,
    });
    expect(violationsOf(reply?.envelope, 'imi.project.registered')).toEqual([]);
    expect(store.published.map(({ id }) => id)).not.toContain(reply?.messageId);
    await request('imi.project.register', widget, again);
    const repeated = await answered(2);
    expect(repeated[1]?.messageId).toBe(reply?.messageId);
  });

  it('answer the same request again, although its event went out long before', async () => {
    let now = '2026-01-21T14:30:22.000Z';
    const { store, send, handled, answers } = await openDoor(openBus, { now: () => now });
    send('imi.project.register', widget);
    await handled(1);
    expect(answers()).toEqual([]);
    now = '2026-01-21T15:00:00.000Z';
    send('imi.project.register', widget);
    await handled(2);
    await until(() => answers().length === 1);
    expect(answers()).toMatchObject([
      { key: 'imi.project.registered', envelope: { payload: { unchanged: true } } },
    ]);
    expect(store.published).toHaveLength(1);
  });

  it('answer a merge that changed nothing', async () => {
    const { store, request, answered } = await open();
    await request('imi.project.register', widget);
    await request('imi.worktree.create', auth);
    const worktree_id = store.published[1]?.data.work_item_id;
    await request('imi.worktree.merge', { worktree_id });
    await request('imi.worktree.merge', { worktree_id });
    expect(await answered(1)).toMatchObject([
      {
        key: 'imi.worktree.merged',
        envelope: { payload: { unchanged: true, worktree_id, project_id: projectId } },
      },
    ]);
    expect(store.published).toHaveLength(3);
  });

  it.each([
    [
      'imi.project.register',
      { ...widget, name: '' },
      'imi.project.registration_failed',
      'VALIDATION_ERROR',
    ],
    [
      'imi.worktree.create',
      { ...auth, type: 'trunk' },
      'imi.worktree.creation_failed',
      'VALIDATION_ERROR',
    ],
    ['imi.worktree.create', auth, 'imi.worktree.creation_failed', 'NOT_FOUND'],
    ['imi.worktree.merge', { worktree_id: randomUUID() }, 'imi.worktree.merge_failed', 'NOT_FOUND'],
  ])('answer %s that is refused: %j', async (key, payload, failure, code) => {
    const { store, request, answered, consumer } = await open();
    const secret = `ghp_${'a1B2'.repeat(9)}`;
    await request(key, { ...payload, token: 'hunter2', note: `use ${secret}` });
    const [answer] = await answered(1);
    expect(answer).toMatchObject({
      key: failure,
      envelope: {
        payload: {
          request: { ...payload, token: '[redacted]', note: 'use [redacted]' },
          error: { code },
        },
      },
    });
    expect(violationsOf(answer?.envelope, failure)).toEqual([]);
    expect(store.published).toMatchObject([{ type: 'imi.cmd.failed', data: { error: { code } } }]);
    expect(consumer.status.deadLettered).toBe(0);
  });

  it('answer a branch that is taken by whose it is', async () => {
    const { store, request, answered } = await open();
    await request('imi.project.register', widget);
    await request('imi.worktree.create', auth);
    await request('imi.worktree.create', { ...auth, agent_id: 'somebody-else' });
    expect(await answered(1)).toMatchObject([
      {
        key: 'imi.worktree.creation_failed',
        envelope: {
          payload: {
            error: {
              code: 'CONFLICT',
              params: { work_item_id: store.published[1]?.data.work_item_id },
            },
          },
        },
      },
    ]);
  });

  it('answer who gave reply_to as for imi.cmd.*', async () => {
    const { ask } = await open();
    const accepted = json(await ask('imi.project.register', v2('imi.project.register', widget)));
    expect(accepted).toMatchObject({ status: 'accepted', ids: { project_id: projectId } });
    const refused = json(await ask('imi.worktree.create', v2('imi.worktree.create', {})));
    expect(refused).toMatchObject({ status: 'rejected', error: { code: 'VALIDATION_ERROR' } });
  });

  describe('a project that goes by its name', () => {
    const byName = { project_name: 'widget', type: 'fix', name: 'spin' };

    it('is found as soon as it was registered before, in whatever haste', async () => {
      const { store, send, handled } = await openDoor(openBus);
      send('imi.project.register', v2('imi.project.register', widget));
      send('imi.worktree.create', v2('imi.worktree.create', byName));
      const merge = { project_name: 'widget', branch_name: 'fix/spin' };
      send('imi.worktree.merge', v2('imi.worktree.merge', merge));
      await handled(3);
      expect(store.published.map(({ type }) => type)).toEqual([
        'imi.project.registered',
        'imi.work.started',
        'imi.work.completed',
      ]);
    });

    it('is refused when nobody, and when more than one, has the name', async () => {
      const { request, answered } = await open();
      await request('imi.worktree.create', byName);
      await request('imi.project.register', widget);
      const other = 'git@github.com:other/widget.git';
      await request('imi.project.register', { ...widget, remote_origin: other });
      await request('imi.worktree.create', byName);
      const answers = await answered(2);
      expect(keysOf(answers)).toEqual(Array(2).fill('imi.worktree.creation_failed'));
      expect(answers.map((it) => it.envelope.payload.error)).toMatchObject([
        { code: 'NOT_FOUND', params: { project_name: 'widget' } },
        { code: 'CONFLICT', params: { project_ids: expect.arrayContaining([projectId]) } },
      ]);
    });

    it('keeps its outcome when the name means nothing any more', async () => {
      const { store, request, answers } = await open();
      await request('imi.project.register', widget);
      const create = v2('imi.worktree.create', byName);
      await request('imi.worktree.create', byName, create);
      await request('imi.cmd.deactivate_project', {}, { project_id: projectId });
      const before = store.published.length;
      await request('imi.worktree.create', byName, create);
      expect(answers()).toEqual([]);
      expect(store.published).toHaveLength(before);
    });

    it('waits while the store is away', async () => {
      const { store, send, handled, consumer, request } = await open();
      await request('imi.project.register', widget);
      store.beforeAppend = () => {
        throw new StoreUnavailableError('away');
      };
      send('imi.worktree.create', v2('imi.worktree.create', byName));
      await until(() => consumer.status.state === 'paused');
      store.beforeAppend = () => {};
      await handled(2);
      expect(store.published[1]).toMatchObject({ type: 'imi.work.started' });
    });
  });

  it('set aside what cannot be read, and answer it nowhere', async () => {
    const { send, handled, consumer, answers } = await open();
    for (const key of ['imi.project.register', 'imi.worktree.create', 'imi.worktree.merge']) {
      send(key, '{"payload":');
      send(key, { event_type: key, payload: 'a text' });
    }
    await handled(6);
    expect(consumer.status.deadLettered).toBe(6);
    expect(answers()).toEqual([]);
  });

  it('answer copies that come at once alike, and do the work once', async () => {
    const { store, send, handled, request, answered } = await open();
    await request('imi.project.register', widget);
    const copy = v2('imi.project.register', widget);
    for (let n = 0; n < 5; n += 1) send('imi.project.register', copy);
    await handled(6);
    const answers = await answered(5);
    expect(new Set(answers.map(({ messageId }) => messageId)).size).toBe(1);
    expect(store.published).toHaveLength(1);
  });
});
