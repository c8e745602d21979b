import { expect, it } from 'vitest';
import type { RecordedEvent } from '../../src/events/event-store.ts';
import { randomFrom } from '../support/random.ts';
import { flawsInChain } from './chain.ts';
import { faultsWith, someOfEach } from './faults.ts';
import { Ledger } from './ledger.ts';
import { reckon } from './outcomes.ts';

const ids = ['a', 'b', 'c'].map((c) => `${c.repeat(8)}-0000-4000-8000-000000000000`);
const [a, b, c] = ids as [string, string, string];

const event = (command_id: string, type: string, streamId: string, revision: number) =>
  ({ type, streamId, revision, metadata: { command_id } }) as RecordedEvent;

function entriesOf(...acknowledged: boolean[]) {
  const ledger = new Ledger();
  for (const [i, told] of acknowledged.entries()) {
    ledger.open(ids[i] as string, 'imi.cmd.test').acknowledged = told;
  }
  return ledger.entries.values();
}

it('what was acknowledged and has no outcome is lost; a claim is none', () => {
  const events = [
    event(a, 'command.claimed', 'command-a', 0),
    event(b, 'imi.cmd.failed', 'command-b', 0),
  ];
  const { lost, doubled, unacknowledged } = reckon(entriesOf(true, true, false), events);
  expect([lost, doubled, unacknowledged]).toEqual([[`imi.cmd.test ${a}`], [], 0]);
});

it('two outcomes of one command are told, wherever they stand', () => {
  const elsewhere = [
    event(a, 'imi.project.registered', 'project-1', 0),
    event(a, 'imi.project.registered', 'project-2', 0),
  ];
  const later = [
    event(b, 'imi.project.updated', 'project-1', 4),
    event(b, 'imi.project.updated', 'project-1', 6),
  ];
  const together = [
    event(c, 'imi.work.started', 'work_item-1', 0),
    event(c, 'imi.link.ticket_linked', 'work_item-1', 1),
  ];
  const { doubled } = reckon(entriesOf(true, true, true), [...elsewhere, ...later, ...together]);
  expect(doubled.map((what) => what.split(':')[0])).toEqual([
    `imi.cmd.test ${a}`,
    `imi.cmd.test ${b}`,
  ]);
});

it('work that ends twice is told, also when two commands did it', () => {
  const events = [a, b].map((id, i) => event(id, 'imi.work.completed', 'work_item-1', i));
  expect(reckon(entriesOf(true, true), events).doubled).toEqual([
    'imi.work.completed in work_item-1',
  ]);
});

it('a gap, a wrong order and a missing message break the chain', () => {
  const heard = (id: string, position: string, previous: string | null) => ({
    ...{ id, position, previous },
    type: 'imi.test',
  });
  const stored = ids.map((id) => ({ id, type: 'imi.test' }));
  const whole = [heard(a, '1', null), heard(b, '2', '1'), heard(c, '3', '2')];
  expect(flawsInChain(whole, stored)).toEqual([]);
  expect(flawsInChain(whole.slice(0, 2), stored)).toEqual([`imi.test ${c} was not published`]);
  const [first, second, third] = whole as [(typeof whole)[0], (typeof whole)[0], (typeof whole)[0]];
  expect(flawsInChain([first, third, second], stored).length).toBeGreaterThan(0);
  expect(flawsInChain([first, heard(b, '2', '0'), third], stored)).toHaveLength(1);
});

it('answers to one command that say different things are told', () => {
  const ledger = new Ledger();
  for (const id of ids) ledger.open(id, 'imi.cmd.test');
  ledger.answered(a, { door: 'bus', status: 'accepted', position: '1' });
  ledger.answered(a, { door: 'http', status: 'settled', position: '1' });
  ledger.answered(b, { door: 'bus', status: 'accepted', position: '1' });
  ledger.answered(b, { door: 'http', status: 'settled', position: '2' });
  ledger.answered(c, { door: 'bus', status: 'accepted', position: '1' });
  ledger.answered(c, { door: 'http', status: 'rejected', position: '1', code: 'CONFLICT' });
  expect(ledger.contradictions().map((what) => what.split(' ')[1])).toEqual([`${b}:`, `${c}:`]);
  ledger.answered('stranger', { door: 'bus', status: 'accepted', position: '1' });
  expect(ledger.violations).toHaveLength(1);
});

it('the same seed gives the same faults, with as many kills as were asked for', () => {
  const shares = { services: ['service 1', 'service 2'], stores: ['event store', 'PostgreSQL'] };
  const plan = () => faultsWith(200, shares, randomFrom(7));
  expect(plan()).toEqual(plan());
  expect(plan().filter(({ kind }) => kind === 'kill')).toHaveLength(200);
  expect(someOfEach(shares, randomFrom(7))).toEqual(someOfEach(shares, randomFrom(7)));
});
