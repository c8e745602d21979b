import { v4 as uuid4 } from 'uuid';
import { describe, expect, it } from 'vitest';
import { workItems } from '../../src/commands/aggregate.ts';
import { decideRecordActivity } from '../../src/commands/work-item-activity.ts';
import { recordActivity } from '../../src/commands/work-item-activity-schemas.ts';
import type { NewEvent } from '../../src/events/event-store.ts';
import { contextAt, given } from '../support/given.ts';
import { pushed, workCompleted, workStarted } from '../support/projected-events.ts';

const id = uuid4();
const hash = (n: number) => n.toString(16).padStart(40, '0');
const record = (events: readonly NewEvent[], body: object, now: string) =>
  decideRecordActivity(
    given(workItems, workStarted(id), ...events),
    recordActivity.parse({ work_item_id: id, kind: 'push', ...body }),
    contextAt(now),
  );

describe('activity', () => {
  it('is recorded once in a while, counted from the last that was', () => {
    const edit = { kind: 'tool_mutation' };
    expect(record([], edit, '2026-01-21T14:31:21.000Z').kind).toBe('unchanged');
    expect(record([], edit, '2026-01-21T14:31:22.000Z')).toMatchObject({
      events: [
        {
          type: 'imi.work.activity_observed',
          data: { kind: 'tool_mutation', last_activity_at: '2026-01-21T14:31:22.000Z' },
        },
      ],
    });
    expect(record([pushed(id, [])], edit, '2026-01-21T14:40:59.000Z').kind).toBe('unchanged');
  });

  it('counts when it happened, not when it is told, and never in the future', () => {
    const late = { activity_at: '2026-01-21T14:35:00+00:00' };
    const ahead = { activity_at: '2027-01-01T00:00:00Z' };
    const now = '2026-01-21T15:00:00.000Z';
    expect(record([], late, now)).toMatchObject({
      events: [{ data: { last_activity_at: '2026-01-21T14:35:00.000Z' } }],
    });
    expect(record([], ahead, now)).toMatchObject({ events: [{ data: { last_activity_at: now } }] });
  });

  it('with commits not known yet is recorded at once, and makes no work look older', () => {
    const body = { activity_at: '2026-01-21T14:00:00Z', commits: [{ hash: hash(1) }] };
    expect(record([], body, '2026-01-21T14:30:23.000Z')).toMatchObject({
      events: [
        {
          data: {
            last_activity_at: '2026-01-21T14:30:22.000Z',
            commits: [{ hash: hash(1), message: null, author_name: null, files: [] }],
          },
        },
      ],
    });
  });

  it('with a push that comes again writes nothing, and with a longer one only what is new', () => {
    const commits = [{ hash: hash(1) }, { hash: hash(2) }, { hash: hash(2) }];
    const before = [pushed(id, [hash(1)])];
    const now = '2026-01-21T14:40:30.000Z';
    expect(record(before, { commits: [{ hash: hash(1) }] }, now).kind).toBe('unchanged');
    const decision = record(before, { commits }, now);
    expect(decision).toMatchObject({ events: [{ data: { commits: [{ hash: hash(2) }] } }] });
  });

  it('knows again the largest push there is', () => {
    const hashes = Array.from({ length: 2_048 }, (_, n) => hash(n + 1));
    const commits = hashes.map((each) => ({ hash: each }));
    const before = [pushed(id, [hash(9_999)]), pushed(id, hashes)];
    expect(record(before, { commits }, '2026-01-21T14:40:30.000Z').kind).toBe('unchanged');
  });

  it('keeps the first line of a message, and no secret in it', () => {
    const message = 'Use ghp_0123456789abcdefABCDEF0123456789abcd\n\nDetails of our customers';
    const decision = record([], { commits: [{ hash: hash(1), message }] }, '2026-01-21T15:00:00Z');
    expect(JSON.stringify(decision)).not.toMatch(/ghp_0|customers/);
  });

  it('is recorded of work that has ended: a push may be told after its merge', () => {
    const body = { commits: [{ hash: hash(1) }] };
    expect(record([workCompleted(id)], body, '2026-01-21T15:00:00Z').kind).toBe('events');
  });
});
