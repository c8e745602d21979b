import { v4 as uuid4 } from 'uuid';
import { describe, expect, it } from 'vitest';
import { deploys, workItems } from '../../src/commands/aggregate.ts';
import type { Decision } from '../../src/commands/decision.ts';
import { type DeployedThings, decideRecordDeploy } from '../../src/commands/deploy.ts';
import { recordDeploy } from '../../src/commands/deploy-schemas.ts';
import type { NewEvent } from '../../src/events/event-store.ts';
import { contextAt, given } from '../support/given.ts';
import { deployed, newEvent, projectId, workStarted } from '../support/projected-events.ts';

const id = uuid4();
const item = given(workItems, workStarted(id));
const nothing: DeployedThings = { project: null, remoteOrigin: null, workItem: null };
const long = 'abcdef1234567890abcdef1234567890abcdef12';
const record = (events: readonly NewEvent[], body: object = {}, things = nothing) =>
  decideRecordDeploy(
    given(deploys, ...events),
    recordDeploy.parse({
      deploy_id: 'd-1',
      environment: 'production',
      commit_hash: long,
      ...body,
    }),
    contextAt('2026-01-21T16:00:00.000Z'),
    things,
  );
const codeOf = (decision: Decision) => decision.kind === 'refused' && decision.refusal.code;
const before = deployed('d-1', long);
const failed = newEvent('imi.deploy.failed', { ...before.data, result: 'failure' });

describe('recording a deploy', () => {
  it('says that it was completed, where, when and with which commits', () => {
    const more = { deployed_at: '2026-01-21T15:10:00+01:00', deployment_commits: ['ABCDEF2'] };
    expect(record([], more)).toMatchObject({
      events: [
        {
          type: 'imi.deploy.completed',
          data: {
            deploy_id: 'd-1',
            environment: 'production',
            commit_hash: long,
            deployment_commits: ['abcdef2'],
            deployed_at: '2026-01-21T14:10:00.000Z',
            work_item_ids: [],
            result: 'success',
          },
        },
      ],
    });
  });

  it('takes the repository from the work item that it names', () => {
    const things = { ...nothing, workItem: item };
    expect(record([], { work_item_id: id }, things)).toMatchObject({
      events: [{ data: { work_item_ids: [id], project_id: projectId('widget') } }],
    });
  });

  it('is unchanged when all is known, by a shorter hash as well', () => {
    const again = record([before], { commit_hash: 'abcdef1' });
    expect(again).toEqual({ kind: 'unchanged', ids: { deploy_id: 'd-1' } });
  });

  it('adds work items and commits to a deploy that was recorded, and keeps its time', () => {
    const things = { ...nothing, workItem: item };
    const body = { work_item_id: id, deployment_commits: ['abcdef2'] };
    expect(record([before], body, things)).toMatchObject({
      events: [
        {
          type: 'imi.deploy.completed',
          data: {
            work_item_ids: [id],
            deployment_commits: ['abcdef2'],
            deployed_at: '2026-01-21T15:10:00.000Z',
          },
        },
      ],
    });
  });

  it('refuses another commit, environment or repository under the same id', () => {
    const elsewhere = { ...nothing, remoteOrigin: 'git@github.com:acme/other.git' };
    const here = deployed('d-1', long, { remote_origin: 'git@github.com:acme/widget.git' });
    expect(codeOf(record([before], { commit_hash: 'abcdef2' }))).toBe('CONFLICT');
    expect(codeOf(record([before], { environment: 'staging' }))).toBe('CONFLICT');
    expect(codeOf(record([here], {}, elsewhere))).toBe('CONFLICT');
  });

  it('refuses work and projects that do not exist, and work of another repository', () => {
    const elsewhere = { ...nothing, workItem: item, remoteOrigin: 'git@github.com:acme/other.git' };
    expect(codeOf(record([], { work_item_id: id }))).toBe('NOT_FOUND');
    expect(codeOf(record([], { project_id: projectId('none') }))).toBe('NOT_FOUND');
    expect(codeOf(record([], { work_item_id: id }, elsewhere))).toBe('CONFLICT');
  });
});

describe('a failed deploy', () => {
  it('is not a completed one', () => {
    expect(record([], { result: 'failure' })).toMatchObject({
      events: [{ type: 'imi.deploy.failed', data: { result: 'failure' } }],
    });
  });

  it('can succeed later, while one that succeeded cannot fail', () => {
    expect(record([failed])).toMatchObject({
      events: [{ type: 'imi.deploy.completed', data: { deployed_at: '2026-01-21T16:00:00.000Z' } }],
    });
    expect(record([failed], { result: 'failure' }).kind).toBe('unchanged');
    expect(codeOf(record([before], { result: 'failure' }))).toBe('CONFLICT');
  });
});
