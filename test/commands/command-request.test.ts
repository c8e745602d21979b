import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../src/bloodbank/delivery.ts';
import { readEnvelope } from '../../src/bloodbank/envelope-in.ts';
import { MalformedMessageError } from '../../src/bloodbank/malformed.ts';
import { requestIn } from '../../src/commands/command-request.ts';
import { commandNames } from '../../src/commands/definitions.ts';

const names = new Set<string>(commandNames);

function request(routingKey: string, body: unknown) {
  const delivery: Delivery = {
    body: Buffer.from(JSON.stringify(body)),
    routingKey,
    exchange: 'bloodbank.events.v1',
  };
  return requestIn(delivery, readEnvelope(delivery), names);
}

const plane = (fields: object) => ({ event_type: 'command.envelope', payload: fields });

describe('what is asked on the queue of commands', () => {
  it.each([
    ['imi.cmd.start_work', {}, { door: 'direct', name: 'start_work' }],
    ['imi.cmd.start_work', { event_type: 'imi.cmd.link_pr' }, { door: 'direct', name: 'link_pr' }],
    ['command.imi.start_work', {}, { door: 'plane', name: 'start_work', action: 'start_work' }],
    ['imi.worktree.create', {}, { door: 'v2', key: 'imi.worktree.create', name: 'start_work' }],
    [
      'imi.worktree.create',
      { event_type: 'imi.worktree.merge', payload: {} },
      { door: 'v2', key: 'imi.worktree.merge', name: 'complete_work' },
    ],
    // Straight to the queue: only the body can tell.
    ['imi.commands', { event_type: 'imi.cmd.start_work' }, { door: 'direct', name: 'start_work' }],
    ['imi.commands', { event_type: 'command.imi.link_pr' }, { door: 'plane', name: 'link_pr' }],
    [
      'imi.commands',
      { event_type: 'imi.project.register' },
      { door: 'v2', name: 'register_project' },
    ],
  ])('under %s with %j is read at the door it was sent to', (key, body, expected) => {
    expect(request(key, body)).toMatchObject(expected);
  });

  it.each([
    ['imi.commands', {}],
    ['imi.cmd.failed', {}],
    ['imi.cmd.start_work', { event_type: 'imi.cmd.launch' }],
    ['imi.project.registered', {}],
    ['command.other.start_work', {}],
  ])('under %s with %j names no command', (key, body) => {
    expect(() => request(key, body)).toThrow(MalformedMessageError);
  });

  it.each([
    ['the body says the same', plane({ action: 'start_work' }), true],
    ['the body leaves it out', plane({ command_payload: {} }), true],
    ['the body has no word for it', plane({ action: 5 }), true],
    ['the body has another', plane({ action: 'link_pr' }), false],
    ['the envelope has another', { event_type: 'command.imi.link_pr', payload: {} }, false],
    ['the envelope names another command', { event_type: 'imi.cmd.link_pr', payload: {} }, false],
    ['the envelope has another name', { event_type: 'agent.command', payload: {} }, true],
  ])('on the plane is the action of the key when %s', (_name, body, agrees) => {
    const asked = request('command.imi.start_work', body);
    expect(asked).toMatchObject({ name: 'start_work', action: 'start_work' });
    expect(asked.refusal === undefined).toBe(agrees);
  });

  it.each(['', 'launch', 'x'.repeat(300)])('knows no action %j', (action) => {
    expect(request(`command.imi.${action}`, {})).toMatchObject({
      refusal: { code: 'VALIDATION_ERROR', params: { reason: 'unknown_action' } },
    });
  });
});
