import fc from 'fast-check';
import { projectIdOf } from '../../src/events/ids.ts';

/** A command as a test sends it. */
export interface SentCommand {
  readonly name: string;
  readonly body: object;
  /** When it was given: the time of its events. */
  readonly now: string;
}

const names = ['widget', 'gadget', 'gizmo'];
const id = (index: number) => `00000000-0000-4000-8000-00000000000${index}`;

export const projects = names.map((name) => projectIdOf(`github.com/acme/${name}`));
export const origins = names.map((name) => `git@github.com:acme/${name}.git`);
export const workItems = [0, 1, 2].map(id);
export const issues = [6, 7].map(id);
export const tickets = ['PROJ-1', 'PROJ-2', ...issues];

const commits = ['aaaaaaa1', 'bbbbbbb2', 'ccccccc3'];

/** What anybody may tell iMi at any time, whether it fits what came before or not. */
const step = fc.record({
  kind: fc.constantFrom(
    ...['register', 'update', 'deactivate', 'link', 'observe', 'push', 'deploy', 'complete'],
    ...['start', 'start', 'git', 'git', 'git', 'pr', 'pr', 'pr'],
  ),
  project: fc.nat(names.length - 1),
  item: fc.nat(workItems.length - 1),
  ticket: fc.nat(tickets.length - 1),
  issue: fc.nat(issues.length - 1),
  commit: fc.nat(commits.length - 1),
  count: fc.nat(2),
  flag: fc.boolean(),
  /** Since the step before; several may be of one millisecond. */
  laterMs: fc.constantFrom(0, 0, 0, 1, 70_000, 9 * 86_400_000),
});

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** A history that is the same for each seed: projects and work to begin with, then anything. */
export function historyOf(seed: number, length: number): readonly SentCommand[] {
  const anything = fc.sample(step, { seed, numRuns: length });
  const begin = (kind: Step['kind'], first: Step, index: number): Step => ({
    ...{ ...first, kind, project: index % names.length, item: index % workItems.length },
  });
  const steps = anything.map((each, index) => {
    if (index < names.length) return begin('register', each, index);
    return index < names.length + workItems.length ? begin('start', each, index) : each;
  });
  let at = Date.parse('2026-01-21T14:30:22.000Z');
  return steps.map((each) => {
    at += each.laterMs;
    return { ...commandOf(each), now: new Date(at).toISOString() };
  });
}

function commandOf(step: Step): Pick<SentCommand, 'name' | 'body'> {
  const { project, item, count, flag } = step;
  const project_id = projects[project];
  const work_item_id = workItems[item];
  const commit_hash = commits[step.commit];
  switch (step.kind) {
    case 'register':
      return named('register_project', {
        ...{ name: names[project], remote_origin: origins[project] },
        metadata: { team: flag ? 'core' : 'edge' },
      });
    case 'update':
      return named('update_project', { project_id, name: `${names[project]} ${count}` });
    case 'deactivate':
      return named('deactivate_project', { project_id });
    case 'start':
      return named('start_work', {
        ...{ work_item_id, remote_origin: origins[project], branch_name: `feature/${item}` },
        ...{ work_type: flag ? 'feature' : 'fix', owner_id: `agent-${count}` },
        ...(flag && { source: { type: 'plane_ticket', ref: tickets[step.ticket] } }),
      });
    case 'git':
      return named('update_git_state', {
        ...{ work_item_id, ahead_of_trunk: count, behind_trunk: flag ? 1 : 0 },
        last_commit_hash: commit_hash,
      });
    case 'link':
      return named('link_ticket', { work_item_id, plane_ticket_id: tickets[step.ticket] });
    case 'observe':
      return named('observe_ticket', {
        ...(flag && { plane_ticket_id: tickets[count % 2] }),
        ...{ plane_issue_id: issues[step.issue], ticket_title: `Title ${count}` },
        ticket_state: flag ? 'Todo' : 'Done',
      });
    case 'pr': {
      const pr_state = ['open', 'closed', 'merged'][step.commit];
      return named('link_pr', { work_item_id, pr_number: 10 * item + count + 1, pr_state });
    }
    case 'push':
      return named('record_activity', {
        ...{ work_item_id, kind: 'push' },
        commits: [{ hash: commit_hash, message: `Commit ${count}` }],
      });
    case 'deploy':
      return named('record_deploy', {
        ...{ deploy_id: `run-${count}`, environment: 'production', commit_hash: commits[count] },
        ...{ result: flag ? 'success' : 'failure', deployment_commits: [commit_hash] },
        ...(flag && { work_item_id }),
      });
    default:
      return named('complete_work', {
        work_item_id,
        completion_type: flag ? 'merged' : 'abandoned',
      });
  }
}

const named = (name: string, body: object) => ({ name, body });
