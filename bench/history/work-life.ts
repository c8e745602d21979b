import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../../src/events/event-store.ts';
import { prLinkIdOf, ticketLinkIdOf } from '../../src/events/ids.ts';

/** An event of a history, without what every event has. */
export interface Told {
  readonly stream: string;
  readonly type: string;
  readonly data: JsonObject;
}

export interface HistoryProject {
  readonly project_id: string;
  readonly project_name: string;
  readonly remote_origin: string;
}

const states = 12;

/**
 * The life of one work item from its start to its deploy, one event at a time, with the ticket it
 * is for: about 22 events, most of them git states, some with commits and files.
 */
export function* workLife(
  project: HistoryProject,
  number: number,
  clock: () => string,
): Generator<Told> {
  const work_item_id = randomUUID();
  const stream = `work_item-${work_item_id}`;
  const branch = `feat/change-${number}-of-the-checkout`;
  const identity = {
    work_item_id,
    ...project,
    branch_name: branch,
    owner_id: `agent-${number % 40}`,
  };
  const told = (type: string, data: JsonObject): Told => ({
    ...{ stream, type, data: { ...identity, ...data } },
  });
  const ticket = `PROJ-${number}`;

  yield ticketState(ticket, number, 'Todo', clock());
  yield told('imi.work.started', {
    work_type: number % 3 === 0 ? 'fix' : 'feature',
    source: { type: 'plane_ticket', ref: ticket },
    worktree_path: `/home/agents/code/${project.project_name}/feat-change-${number}`,
    worktree: { type: 'feat', name: `change-${number}`, host: `host-${number % 7}` },
    metadata: { orchestrator: 'flume', priority: number % 5 },
  });
  yield told('imi.link.ticket_linked', {
    ...{ link_id: ticketLinkIdOf(work_item_id, ticket), plane_ticket_id: ticket },
    ...{ ticket_title: titleOf(number), ticket_url: `https://plane.example.com/PROJ-${number}` },
    metadata: {},
  });
  yield ticketState(ticket, number, 'In Progress', clock());

  const pr = pullRequest(project, number);
  let head: string | null = null;
  for (let state = 0; state < states; state += 1) {
    if (state % 3 === 2) {
      head = hashOf();
      const commits = [head, hashOf()].map((hash, place) => commit(hash, number, state, place));
      yield told('imi.work.activity_observed', {
        ...{ kind: 'push', last_activity_at: clock(), commits },
        ...{ head_commit_hash: head, pushed_at: clock(), forced: false, agent_id: null },
      });
    } else if (state % 4 === 1) {
      const paths = [0, 1].map((place) => pathOf(number, state + place));
      yield told('imi.work.activity_observed', {
        ...{ kind: 'tool_mutation', last_activity_at: clock(), commits: [], paths },
        agent_id: identity.owner_id,
      });
    }
    yield told('imi.work.git_state_updated', {
      has_uncommitted_changes: state % 2 === 1,
      uncommitted_files_count: state % 2 === 1 ? state : 0,
      ...{ ahead_of_trunk: state >> 1, behind_trunk: state % 5 === 4 ? 2 : 0 },
      last_commit_hash: head,
      last_commit_message: head === null ? null : messageOf(number, state),
      last_sync_at: clock(),
    });
    if (state === 8) {
      yield told('imi.pr.created', { ...pr, pr_state: 'open', ...changedAt(head, clock()) });
    }
  }
  yield told('imi.pr.updated', {
    ...{ ...pr, pr_title: `${titleOf(number)} at last`, pr_state: 'open' },
    ...{ ...changedAt(head, clock()), changed_fields: ['pr_title'] },
  });
  const merge_commit_hash = hashOf();
  yield told('imi.pr.merged', {
    ...{ ...pr, pr_state: 'merged', ...changedAt(head, clock()) },
    ...{ merge_commit_hash, merged_by: 'grace' },
  });
  yield told('imi.work.completed', {
    ...{ completion_type: 'merged', completed_at: clock(), completed_by: 'grace' },
    ...{ merge_commit_hash, reason: null },
  });
  yield ticketState(ticket, number, 'Done', clock());
  if (number % 4 === 0) {
    const deploy_id = `deploy-${number}`;
    yield {
      stream: `deploy-${deploy_id}`,
      type: 'imi.deploy.completed',
      data: {
        ...{ ...project, deploy_id, environment: 'production', commit_hash: merge_commit_hash },
        ...{ deployment_commits: [head], deployed_at: clock(), work_item_ids: [work_item_id] },
        ...{ metadata: { run: number }, result: 'success' },
      },
    };
  }
}

const hashOf = (): string => `${randomUUID()}${randomUUID()}`.replaceAll('-', '').slice(0, 40);
const titleOf = (number: number): string => `Let the checkout take coupons of kind ${number}`;
const messageOf = (number: number, state: number): string =>
  `Step ${state} of change ${number}: say which coupon was refused`;
const pathOf = (number: number, place: number): string =>
  `src/checkout/part-${number % 50}/file-${place}.ts`;
const changedAt = (head: string | null, at: string) => ({
  ...{ head_commit_hash: head, pr_updated_at: at },
});

const commit = (hash: string, number: number, state: number, place: number) => ({
  ...{ hash, message: messageOf(number, state), author_name: 'Ada', committed_at: null },
  files: [pathOf(number, state + place), pathOf(number, state + place + 1)],
});

const pullRequest = (project: HistoryProject, pr_number: number) => ({
  pr_link_id: prLinkIdOf(project.project_id, pr_number),
  pr_number,
  pr_url: `https://github.com/33god-bench/${project.project_name}/pull/${pr_number}`,
  ...{ pr_title: titleOf(pr_number), metadata: {} },
});

const ticketState = (id: string, sequence_id: number, ticket_state: string, at: string): Told => ({
  stream: `ticket-${id}`,
  type: 'imi.ticket.observed',
  data: {
    ...{ plane_ticket_id: id, plane_issue_id: null, plane_project_id: null, sequence_id },
    ...{ ticket_title: titleOf(sequence_id), ticket_url: `https://plane.example.com/${id}` },
    ...{ ticket_state, ticket_state_group: null, deleted_at: null, plane_updated_at: at },
    changed_fields: ['ticket_state'],
  },
});
