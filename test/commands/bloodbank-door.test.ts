import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { StoreUnavailableError } from '../../src/events/event-store.ts';
import { toUuid } from '../../src/events/ids.ts';
import { json, until } from '../bloodbank/support.ts';
import { origin, projectId } from '../support/commands.ts';
import { buses, openDoor } from './open-door.ts';

const widget = { name: 'widget', remote_origin: origin };

describe.each(buses)('the door of imi.commands on %s', (_, openBus) => {
  const open = () => openDoor(openBus);

  const envelope = (payload: object, fields: object = {}) => ({
    event_id: randomUUID(),
    event_type: 'imi.cmd.register_project',
    timestamp: '2026-01-21T14:30:22Z',
    version: '1.0.0',
    source: { host: 'box', type: 'agent', app: 'coder' },
    correlation_ids: [],
    payload,
    ...fields,
  });

  it('turns an envelope into events that name it as their cause and carry on its trace', async () => {
    const { store, send, handled } = await open();
    const root = randomUUID();
    const message = envelope(widget, { correlation_ids: [root] });
    send('imi.cmd.register_project', message);
    await handled(1);
    expect(store.published).toMatchObject([
      {
        type: 'imi.project.registered',
        metadata: {
          command_id: message.event_id,
          $causationId: message.event_id,
          $correlationId: root,
          actor: 'coder',
          source: { host: 'box', type: 'agent', app: 'coder' },
        },
      },
    ]);
  });

  it('takes Flume’s messages from amq.topic, and keeps the id that was no UUID', async () => {
    const { store, send, handled } = await open();
    const flume = {
      event: 'imi.cmd.register_project',
      version: '1.0',
      data: widget,
      exchange: 'amq.topic',
      routingKey: 'imi.cmd.register_project',
      correlationId: 'corr-456',
      timestamp: '2026-01-21T14:30:22Z',
      source: 'flume',
    };
    send('imi.cmd.register_project', flume, { messageId: 'flume-1' }, 'amq.topic');
    await handled(1);
    expect(store.published).toMatchObject([
      {
        metadata: {
          command_id: toUuid('flume-1'),
          original_command_id: 'flume-1',
          $correlationId: toUuid('corr-456'),
        },
      },
    ]);
  });

  it('takes a bare body, and the same body again as the same command', async () => {
    const { store, send, handled } = await open();
    send('imi.cmd.register_project', widget);
    send('imi.cmd.register_project', widget);
    await handled(2);
    expect(store.published).toHaveLength(1);
  });

  it('answers who waits: accepted, and the same when it is asked again', async () => {
    const { ask } = await open();
    const message = envelope(widget);
    const answer = await ask('imi.cmd.register_project', message, { correlationId: 'call-1' });
    expect(answer.properties.correlationId).toBe('call-1');
    expect(json(answer)).toMatchObject({
      status: 'accepted',
      command_id: message.event_id,
      ids: { project_id: projectId },
      position: expect.stringMatching(/^\d+$/),
      events: [{ event_type: 'imi.project.registered', payload: { project_name: 'widget' } }],
    });
    expect(json(await ask('imi.cmd.register_project', message))).toEqual(json(answer));
  });

  it('answers unchanged when there was nothing to do', async () => {
    const { ask } = await open();
    await ask('imi.cmd.register_project', envelope(widget));
    const answer = json(await ask('imi.cmd.register_project', envelope(widget)));
    expect(answer).toMatchObject({
      status: 'unchanged',
      events: [],
      ids: { project_id: projectId },
    });
  });

  it('records a refusal, answers it, and does not set the message aside', async () => {
    const { store, ask, consumer } = await open();
    const answer = json(await ask('imi.cmd.register_project', envelope({ name: '' })));
    expect(answer).toMatchObject({
      status: 'rejected',
      events: [],
      error: { code: 'VALIDATION_ERROR' },
    });
    expect(store.published).toMatchObject([
      { type: 'imi.cmd.failed', data: { command: 'register_project', error: answer.error } },
    ]);
    await until(() => consumer.status.handled === 1);
    expect(consumer.status.deadLettered).toBe(0);
  });

  it('sets aside what cannot be read, with the reason, and tells who waits', async () => {
    const { store, ask, channel, queue } = await open();
    const answer = json(await ask('imi.cmd.register_project', '{"name":'));
    expect(answer).toMatchObject({
      status: 'rejected',
      error: { code: 'VALIDATION_ERROR', params: { reason: 'body_not_json' } },
    });
    const dead = await channel.get(queue.deadLetterQueue, { noAck: true });
    expect(dead).toMatchObject({ properties: { headers: { 'x-imi-code': 'body_not_json' } } });
    expect(store.all).toEqual([]);
  });

  it('sets aside what names no command', async () => {
    const { channel, queue, handled, consumer } = await open();
    channel.sendToQueue(queue.name, Buffer.from('{"name":"widget"}'));
    await handled(1);
    expect(consumer.status.deadLettered).toBe(1);
  });

  it('waits for the store, and then carries the command out once', async () => {
    const { store, send, handled, consumer } = await open();
    store.beforeAppend = () => {
      throw new StoreUnavailableError('away');
    };
    send('imi.cmd.register_project', widget);
    await until(() => consumer.status.state === 'paused');
    store.beforeAppend = () => {};
    await handled(1);
    expect(store.published).toHaveLength(1);
    expect(consumer.status.deadLettered).toBe(0);
  });

  it('logs ids and outcome, and nothing of what the message says', async () => {
    const { send, handled, log } = await open();
    const secret = 'hunter2-hunter2';
    const refused = envelope({ name: secret, remote_origin: secret, metadata: { note: secret } });
    send('imi.cmd.register_project', refused);
    send('imi.cmd.register_project', secret);
    await handled(2);
    expect(log()).toContain(refused.event_id);
    expect(log()).toContain('VALIDATION_ERROR');
    expect(log()).not.toContain(secret);
  });
});
