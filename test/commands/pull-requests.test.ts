import fc from 'fast-check';
import { v4 as uuid4 } from 'uuid';
import { describe, expect, it } from 'vitest';
import { workItems } from '../../src/commands/aggregate.ts';
import type { Decision } from '../../src/commands/decision.ts';
import { linkPr, updatePrState } from '../../src/commands/work-item-pull-request-schemas.ts';
import { decideLinkPr, decidePrState } from '../../src/commands/work-item-pull-requests.ts';
import type { NewEvent } from '../../src/events/event-store.ts';
import { prLinkIdOf } from '../../src/events/ids.ts';
import type { WorkItem } from '../../src/events/work-item.ts';
import { contextAt, given } from '../support/given.ts';
import {
  newEvent,
  prEvent,
  projectId,
  workCompleted,
  workStarted,
} from '../support/projected-events.ts';

const id = uuid4();
const linkId = prLinkIdOf(projectId('widget'), 42);
const work = (...events: NewEvent[]) => given(workItems, workStarted(id), ...events);
const link = (state: WorkItem | null, body: object = {}) =>
  decideLinkPr(state, linkPr.parse({ work_item_id: id, pr_number: 42, ...body }), contextAt());
const move = (state: WorkItem | null, pr_state: string, more: object = {}) =>
  decidePrState(state, updatePrState.parse({ pr_link_id: linkId, pr_state, ...more }), contextAt());
const typesOf = (decision: Decision) => {
  if (decision.kind === 'refused') return decision.refusal.code;
  return decision.kind === 'unchanged' ? 'unchanged' : decision.events.map(({ type }) => type);
};

describe('linking a pull request', () => {
  it('says that it was created, with all that names it', () => {
    const decision = link(work(), { pr_title: 'Spin' });
    expect(decision).toMatchObject({
      events: [
        {
          type: 'imi.pr.created',
          data: {
            work_item_id: id,
            project_name: 'widget',
            pr_link_id: linkId,
            pr_number: 42,
            pr_url: 'https://github.com/Acme/widget/pull/42',
            pr_state: 'open',
            pr_title: 'Spin',
          },
        },
      ],
      reserve: { kind: 'pr', key: linkId },
    });
  });

  it('tells how one got to the state in which it is first seen', () => {
    const merge = { merge_commit_hash: 'abcdef1', merged_by: 'ann' };
    expect(typesOf(link(work(), { pr_state: 'closed' }))).toEqual([
      'imi.pr.created',
      'imi.pr.closed',
    ]);
    expect(link(work(), { pr_state: 'merged', ...merge })).toMatchObject({
      events: [{ type: 'imi.pr.created' }, { type: 'imi.pr.merged', data: merge }],
    });
  });

  it('is unchanged when the same pair comes again, and possible many times with other numbers', () => {
    const linked = work(prEvent('created', id), prEvent('merged', id));
    expect(link(linked)).toEqual({
      kind: 'unchanged',
      ids: { work_item_id: id, project_id: projectId('widget'), pr_link_id: linkId },
    });
    expect(typesOf(link(linked, { pr_number: 43 }))).toEqual(['imi.pr.created']);
  });

  it('is possible when the work has ended', () => {
    expect(typesOf(link(work(workCompleted(id))))).toEqual(['imi.pr.created']);
  });

  it('asks for a number and a web address', () => {
    for (const body of [{ pr_number: 0 }, { pr_url: 'javascript:alert(1)' }, { pr_state: 'new' }]) {
      expect(linkPr.safeParse({ work_item_id: id, pr_number: 42, ...body }).success).toBe(false);
    }
  });
});

describe('the state of a pull request', () => {
  it('moves from open to merged, with who merged it and as what', () => {
    const merge = { merge_commit_hash: 'ABCDEF1', merged_by: 'ann' };
    expect(move(work(prEvent('created', id)), 'merged', merge)).toMatchObject({
      events: [
        {
          type: 'imi.pr.merged',
          data: { pr_state: 'merged', merge_commit_hash: 'abcdef1', merged_by: 'ann' },
        },
      ],
    });
  });

  it('moves from open to closed and back, and a merge hash told with a close is ignored', () => {
    const closing = move(work(prEvent('created', id)), 'closed', { merge_commit_hash: 'abcdef1' });
    expect(typesOf(closing)).toEqual(['imi.pr.closed']);
    expect(JSON.stringify(closing)).not.toContain('abcdef1');
    const closed = work(prEvent('created', id), prEvent('closed', id));
    expect(typesOf(move(closed, 'open'))).toEqual(['imi.pr.reopened']);
  });

  it('cannot be left once it is merged', () => {
    const merged = work(prEvent('created', id), prEvent('merged', id));
    for (const state of ['open', 'closed']) expect(typesOf(move(merged, state))).toBe('CONFLICT');
    expect(typesOf(move(merged, 'merged'))).toBe('unchanged');
  });

  it('is not found where the work item has no such pull request', () => {
    expect(typesOf(move(work(), 'closed'))).toBe('NOT_FOUND');
    expect(typesOf(move(null, 'closed'))).toBe('NOT_FOUND');
  });

  it('follows the same machine under any commands, and so does the fold of its events', () => {
    const allowed = new Set(['open>merged', 'open>closed', 'closed>open']);
    const states = fc.array(fc.constantFrom('open', 'merged', 'closed'), { maxLength: 20 });
    fc.assert(
      fc.property(states, (asked) => {
        const events = [workStarted(id), prEvent('created', id)];
        let model = 'open';
        for (const next of asked) {
          const decision = move(given(workItems, ...events), next);
          const legal = allowed.has(`${model}>${next}`);
          expect(decision.kind).toBe(next === model ? 'unchanged' : legal ? 'events' : 'refused');
          if (decision.kind !== 'events') continue;
          model = next;
          events.push(...decision.events.map(({ type, data }) => newEvent(type, data)));
          expect(given(workItems, ...events)?.prs).toMatchObject([{ id: linkId, pr_state: model }]);
        }
      }),
    );
  });
});
