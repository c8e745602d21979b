import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { CommandHandler } from '../../src/commands/command.ts';
import { commandNames } from '../../src/commands/definitions.ts';
import { StoreUnavailableError } from '../../src/events/event-store.ts';
import { toUuid } from '../../src/events/ids.ts';
import { violationsOf } from '../bloodbank/envelope-rules.ts';
import { json, until } from '../bloodbank/support.ts';
import { shapes } from '../e2e/envelopes.ts';
import { origin, projectId } from '../support/commands.ts';
import { type Answer, buses, openDoor } from './open-door.ts';

const widget = { name: 'widget', remote_origin: origin };
const sentAt = '2026-01-21T14:30:22.000Z';

/** A message of the command plane with its fields in the payload. */
const envelope = (action: string, command_payload: unknown, fields: object = {}) => ({
  event_type: 'command.envelope',
  timestamp: sentAt,
  payload: {
    command_id: randomUUID(),
    target_agent: 'imi',
    issued_by: 'conductor',
    action,
    priority: 'normal',
    command_payload,
    ...fields,
  },
});

const keysOf = (answers: readonly Answer[]) => answers.map(({ key }) => key);
const payloadsOf = (answers: readonly Answer[]) => answers.map((it) => it.envelope.payload);
const idsOf = (answers: readonly Answer[]) => answers.map(({ messageId }) => messageId);

describe.each(buses)('the command plane on %s', (_, openBus) => {
  it.each(shapes.map((shape, index) => ({ index, shape })))(
    'takes envelope $index and answers ack and result, then ack and error',
    async ({ shape }) => {
      const { send, answered, answers } = await openDoor(openBus);
      const key = 'command.imi.register_project';
      for (const body of [widget, { name: '' }]) {
        const before = answers().length;
        const { body: content, properties } = shape(key, body);
        const { exchange: _elsewhere, ...rest } = properties;
        send(key, content, rest);
        await answered(before + 2);
      }
      expect(keysOf(answers())).toEqual([
        `${key}.ack`,
        `${key}.result`,
        `${key}.ack`,
        `${key}.error`,
      ]);
      expect(payloadsOf(answers())).toMatchObject([
        { action: 'register_project' },
        {
          outcome: 'success',
          ids: { project_id: projectId },
          events: [{ event_type: 'imi.project.registered' }],
          position: expect.stringMatching(/^\d+$/),
        },
        { action: 'register_project' },
        { error_code: 'rejected', error: { code: 'VALIDATION_ERROR' } },
      ]);
      for (const answer of answers()) expect(violationsOf(answer.envelope, answer.key)).toEqual([]);
    },
  );

  it('answers on the trace of the command, as caused by it, under the id that its sender wrote', async () => {
    const { send, answered } = await openDoor(openBus);
    const message = {
      ...envelope('register_project', widget, {
        command_id: 'cmd-42',
        idempotency_key: 'register:widget',
      }),
      correlation_id: 'corr-456',
    };
    send('command.imi.register_project', message);
    for (const { envelope: answer, messageId } of await answered(2)) {
      expect(answer).toMatchObject({
        event_id: messageId,
        correlation_id: toUuid('corr-456'),
        causation_id: toUuid('register:widget'),
        correlation_ids: [toUuid('register:widget')],
        payload: { command_id: 'cmd-42' },
      });
    }
  });

  it('answers skipped when all was so already', async () => {
    const { send, answered } = await openDoor(openBus);
    send('command.imi.register_project', envelope('register_project', widget));
    await answered(2);
    send('command.imi.register_project', envelope('register_project', widget));
    const answers = await answered(4);
    expect(answers[3]?.envelope.payload).toMatchObject({
      outcome: 'skipped',
      ids: { project_id: projectId },
      events: [],
    });
    expect(new Set(idsOf(answers)).size).toBe(4);
  });

  it('tells what is wrong with the request from what stands against it', async () => {
    const { send, answered } = await openDoor(openBus);
    const start = { branch_name: 'feat/x', work_type: 'feature', owner_id: 'ada' };
    send('command.imi.start_work', envelope('start_work', { ...start, project_id: projectId }));
    await answered(2);
    send('command.imi.register_project', envelope('register_project', widget));
    await answered(4);
    for (const count of [6, 8]) {
      send('command.imi.start_work', envelope('start_work', { ...start, project_id: projectId }));
      await answered(count);
    }
    const errors = payloadsOf(await answered(8)).filter((payload) => 'error' in payload);
    expect(errors).toMatchObject([
      { error_code: 'rejected', error: { code: 'NOT_FOUND', params: { project_id: projectId } } },
      { error_code: 'invalid_state', error: { code: 'CONFLICT' } },
    ]);
  });

  it('answers the sender that gave reply_to as well', async () => {
    const { ask, answered } = await openDoor(openBus);
    const reply = await ask('command.imi.register_project', envelope('register_project', widget));
    expect(json(reply)).toMatchObject({ status: 'accepted', ids: { project_id: projectId } });
    expect(keysOf(await answered(2))).toHaveLength(2);
  });

  it('takes what is sent to its key, whatever agent it is meant for', async () => {
    const { send, answered } = await openDoor(openBus);
    const message = envelope('register_project', widget, { target_agent: 'somebody-else' });
    send('command.imi.register_project', message);
    expect(payloadsOf(await answered(2))[1]).toMatchObject({ outcome: 'success' });
  });

  it('learns the action from the key when the body does not name it', async () => {
    const { send, answered } = await openDoor(openBus);
    const { action: _unsaid, ...payload } = envelope('', widget).payload;
    send('command.imi.register_project', { event_type: 'command.envelope', payload });
    expect(payloadsOf(await answered(2))[1]).toMatchObject({ outcome: 'success' });
  });

  it('does nothing when body and key name two actions', async () => {
    const { store, send, answered } = await openDoor(openBus);
    send('command.imi.register_project', envelope('deactivate_project', widget));
    const [error, ...more] = await answered(1);
    expect(more).toEqual([]);
    expect(error).toMatchObject({
      key: 'command.imi.register_project.error',
      envelope: {
        payload: {
          error_code: 'rejected',
          error: { code: 'VALIDATION_ERROR', params: { reason: 'action_mismatch' } },
        },
      },
    });
    expect(store.published).toMatchObject([{ type: 'imi.cmd.failed' }]);
  });

  it.each([
    ['launch', 'command.imi.launch.error'],
    ['Start-Work', 'command.imi.start_work.error'],
    ['failed', 'command.imi.failed.error'],
    ['constructor', 'command.imi.constructor.error'],
  ])(
    'answers not_implemented to the action %j, and records that it was asked',
    async (action, key) => {
      const { store, send, answered, consumer, handled } = await openDoor(openBus);
      send(`command.imi.${action}`, envelope(action, widget));
      await handled(1);
      const answers = await answered(1);
      expect(keysOf(answers)).toEqual([key]);
      expect(answers[0]?.envelope.payload).toMatchObject({
        action,
        error_code: 'not_implemented',
        error: { code: 'VALIDATION_ERROR', params: { actions: [...commandNames] } },
      });
      expect(violationsOf(answers[0]?.envelope, key)).toEqual([]);
      expect(store.published).toMatchObject([
        { type: 'imi.cmd.failed', data: { command: action } },
      ]);
      expect(consumer.status.deadLettered).toBe(0);
    },
  );

  it('says that the command is taken in hand before it is carried out', async () => {
    const gate = Promise.withResolvers<void>();
    const around = (handler: CommandHandler): CommandHandler => ({
      rehearse: (command) => handler.rehearse(command),
      handle: async (command) => {
        await gate.promise;
        return handler.handle(command);
      },
    });
    const { send, answered } = await openDoor(openBus, { around });
    send('command.imi.register_project', envelope('register_project', widget));
    expect(keysOf(await answered(1))).toEqual(['command.imi.register_project.ack']);
    gate.resolve();
    expect(keysOf(await answered(2))).toEqual([
      'command.imi.register_project.ack',
      'command.imi.register_project.result',
    ]);
  });

  it('says so once, however long the store is away, and then gives the result', async () => {
    const { store, send, answered, consumer, handled, answers } = await openDoor(openBus);
    let attempts = 0;
    store.beforeAppend = () => {
      attempts += 1;
      throw new StoreUnavailableError('away');
    };
    send('command.imi.register_project', envelope('register_project', widget));
    await until(() => attempts > 3);
    expect(keysOf(await answered(1))).toEqual(['command.imi.register_project.ack']);
    store.beforeAppend = () => {};
    await handled(1);
    await answered(2);
    expect(keysOf(answers())).toEqual([
      'command.imi.register_project.ack',
      'command.imi.register_project.result',
    ]);
    expect(consumer.status.deadLettered).toBe(0);
  });

  it('sets aside what cannot be read, answers it nowhere, and goes on', async () => {
    const { send, answered, consumer, handled, channel, queue } = await openDoor(openBus);
    const key = 'command.imi.register_project';
    const garbage = [
      '{"payload":',
      '[]',
      '\u0000',
      envelope('register_project', 'a text'),
      envelope('register_project', [widget]),
      envelope('register_project', widget, { command_id: { secret: 1 } }),
      envelope('register_project', widget, { idempotency_key: 'x'.repeat(600) }),
    ];
    for (const body of garbage) send(key, body);
    await handled(garbage.length);
    expect(consumer.status.deadLettered).toBe(garbage.length);
    const codes: unknown[] = [];
    for (const _ of garbage) {
      const dead = await channel.get(queue.deadLetterQueue, { noAck: true });
      if (dead) codes.push(dead.properties.headers?.['x-imi-code']);
    }
    expect(codes.sort()).toEqual([
      'bad_id',
      'bad_id',
      'body_not_json',
      'body_not_json',
      'body_not_object',
      'payload_not_object',
      'payload_not_object',
    ]);
    send(key, envelope('register_project', widget, { action: 7, ttl_ms: 'soon', priority: [] }));
    expect(keysOf(await answered(2))).toEqual([`${key}.ack`, `${key}.result`]);
  });

  it('shows no secret in answers, records and logs, wherever it was put', async () => {
    const { store, send, answered, log } = await openDoor(openBus);
    const secret = `ghp_${'a1B2'.repeat(9)}`;
    const body = { ...widget, name: '', token: 'hunter2-hunter2', description: `use ${secret}` };
    send(
      'command.imi.register_project',
      envelope('register_project', body, { command_id: secret }),
    );
    await answered(2);
    send(`command.imi.${secret}`, envelope(secret, body));
    const said = JSON.stringify(await answered(3));
    const recorded = store.published.map(({ data, metadata }) => ({ data, metadata }));
    for (const text of [said, JSON.stringify(recorded), log()]) {
      expect(text.toLowerCase()).not.toContain(secret.toLowerCase());
      expect(text).not.toContain('hunter2');
    }
  });

  describe('a time to live', () => {
    const key = 'command.imi.register_project';
    const later = '2026-01-21T14:31:22.001Z';
    const minute = { ttl_ms: 60_000 };

    it('that is over means that nothing is done, and that it is recorded and said', async () => {
      const { store, send, answered, handled, consumer } = await openDoor(openBus, {
        now: () => later,
      });
      send(key, envelope('register_project', widget, minute));
      await handled(1);
      const answers = await answered(1);
      expect(keysOf(answers)).toEqual([`${key}.error`]);
      expect(answers[0]?.envelope.payload).toMatchObject({
        error_code: 'ttl_expired',
        error: { code: 'PRECONDITION_FAILED', params: { expired_at: '2026-01-21T14:31:22.000Z' } },
      });
      expect(store.published.map(({ type }) => type)).toEqual(['imi.cmd.failed']);
      expect(consumer.status.deadLettered).toBe(0);
    });

    it.each([
      [
        'that is not over',
        '2026-01-21T14:31:22.000Z',
        envelope('register_project', widget, minute),
      ],
      [
        'without a time to count from',
        later,
        { ...envelope('register_project', widget, minute), timestamp: undefined },
      ],
      [
        'without a readable time',
        later,
        { ...envelope('register_project', widget, minute), timestamp: 'now' },
      ],
      ['that ends beyond all time', later, envelope('register_project', widget, { ttl_ms: 1e300 })],
      ['below nothing', later, envelope('register_project', widget, { ttl_ms: -1 })],
    ])('%s lets the command be carried out', async (_name, now, message) => {
      const { send, answered } = await openDoor(openBus, { now: () => now });
      send(key, message);
      expect(keysOf(await answered(2))).toEqual([`${key}.ack`, `${key}.result`]);
    });

    it('does not take back an outcome: told again afterwards, it is the same', async () => {
      let now = sentAt;
      const { store, send, answered } = await openDoor(openBus, { now: () => now });
      const message = envelope('register_project', widget, minute);
      send(key, message);
      const first = await answered(2);
      now = later;
      send(key, message);
      const [, , ...again] = await answered(4);
      expect(idsOf(again)).toEqual(idsOf(first));
      expect(payloadsOf(again)).toEqual(payloadsOf(first));
      expect(store.published).toHaveLength(1);
    });

    it('that was over stays over: told again, it is refused the same', async () => {
      let now = later;
      const { store, send, answered } = await openDoor(openBus, { now: () => now });
      const message = envelope('register_project', widget, minute);
      send(key, message);
      const first = await answered(1);
      now = '2026-01-21T15:00:00.000Z';
      send(key, message);
      const again = (await answered(2)).slice(1);
      expect(idsOf(again)).toEqual(idsOf(first));
      expect(payloadsOf(again)).toEqual(payloadsOf(first));
      expect(store.published).toHaveLength(1);
    });

    it('does not stop an attempt that was in time and was cut off', async () => {
      let now = sentAt;
      const { store, send, answered, consumer } = await openDoor(openBus, { now: () => now });
      let away = true;
      store.beforeAppend = (stream) => {
        if (away && stream.startsWith('project-')) throw new StoreUnavailableError('away');
      };
      send(key, envelope('register_project', widget, minute));
      await until(() => consumer.status.state === 'paused');
      now = later;
      away = false;
      expect(keysOf(await answered(2))).toEqual([`${key}.ack`, `${key}.result`]);
      expect(store.published.map(({ type }) => type)).toEqual(['imi.project.registered']);
    });

    it('counts under imi.cmd.* as well', async () => {
      const { store, ask } = await openDoor(openBus, { now: () => later });
      const message = envelope('register_project', widget, minute);
      const reply = json(await ask('imi.cmd.register_project', message));
      expect(reply).toMatchObject({
        status: 'rejected',
        error: { code: 'PRECONDITION_FAILED', params: { reason: 'ttl_expired' } },
      });
      expect(store.published).toMatchObject([
        { type: 'imi.cmd.failed', data: { command: 'register_project', error: reply.error } },
      ]);
    });
  });

  it('answers the same when the broker was lost between outcome and answer', async () => {
    let cut: (() => Promise<void>) | null = null;
    const around = (handler: CommandHandler): CommandHandler => ({
      rehearse: (command) => handler.rehearse(command),
      handle: async (command) => {
        const outcome = await handler.handle(command);
        await cut?.();
        return outcome;
      },
    });
    const { store, send, answered, connection, consumer } = await openDoor(openBus, { around });
    let cuts = 0;
    cut = async () => {
      cuts += 1;
      if (cuts > 1) return;
      connection.reset(await connection.model(new AbortController().signal), 'cut by the test');
      await until(() => consumer.status.state === 'connecting');
    };
    const message = envelope('register_project', widget);
    send('command.imi.register_project', message);
    await until(() => consumer.status.handled === 1);
    const answers = await answered(2);
    expect(cuts).toBe(2);
    const last = answers.slice(-2);
    expect(keysOf(last)).toEqual([
      'command.imi.register_project.ack',
      'command.imi.register_project.result',
    ]);
    expect(new Set(idsOf(answers)).size).toBe(2);
    expect(last[1]?.envelope.payload).toMatchObject({ outcome: 'success' });
    expect(store.published).toHaveLength(1);
  });

  it('answers copies that come at once alike, and does the work once', async () => {
    const { store, send, answered, handled } = await openDoor(openBus);
    const message = envelope('register_project', widget);
    for (let copy = 0; copy < 5; copy += 1) send('command.imi.register_project', message);
    await handled(5);
    const answers = await answered(10);
    expect(new Set(idsOf(answers)).size).toBe(2);
    const results = answers.filter(({ key }) => key.endsWith('.result'));
    expect(results).toHaveLength(5);
    for (const { envelope: said } of results) {
      expect(said.payload).toEqual(results[0]?.envelope.payload);
    }
    expect(store.published).toHaveLength(1);
  });
});
