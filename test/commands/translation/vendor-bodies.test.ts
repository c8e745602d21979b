import { expect, it } from 'vitest';
import type { InboundMessage } from '../../../src/bloodbank/envelope-in.ts';
import { translateDeploy } from '../../../src/commands/translation/deploy.ts';
import { translateGit } from '../../../src/commands/translation/git.ts';
import { translatePlane } from '../../../src/commands/translation/plane.ts';
import { translateMutation } from '../../../src/commands/translation/tool-mutation.ts';
import type { Translation } from '../../../src/commands/translation/translation.ts';
import { vendorBodies } from '../../support/vendor-bodies.ts';
import { messageOf } from './git-messages.ts';

/** What each body means, by what its sender documents, under the key that it may come by. */
const meanings: { readonly [key: string]: { readonly [body: string]: string } } = {
  'git.push': {
    'github/create-branch': 'ignored: github_event_not_kept',
    'github/create-tag': 'ignored: tag',
    'github/delete-branch': 'branch_deleted on feature/spin',
    'github/delete-tag': 'ignored: tag',
    'github/deployment-status-failure': 'record_deploy failure',
    'github/deployment-status-in-progress': 'ignored: unfinished',
    'github/deployment-status-success': 'record_deploy success',
    'github/issues-opened': 'ignored: github_event_not_kept',
    'github/ping': 'ignored: github_event_not_kept',
    'github/pull-request-closed-unmerged': 'closed pull_request on feat/PROJ-123-spin',
    'github/pull-request-edited': 'open pull_request on feat/PROJ-123-spin',
    'github/pull-request-from-deleted-fork': 'closed pull_request',
    'github/pull-request-from-fork': 'open pull_request',
    'github/pull-request-merged': 'merged pull_request on feature/spin',
    'github/pull-request-opened': 'open pull_request on feature/spin',
    'github/pull-request-reopened': 'open pull_request on feat/PROJ-123-spin',
    'github/pull-request-review': 'ignored: github_event_not_kept',
    'github/pull-request-synchronize': 'open pull_request on feat/PROJ-123-spin',
    'github/push': 'push of 2 on feature/spin',
    'github/push-deleted': 'branch_deleted on feature/spin',
    'github/push-forced': 'forced push of 1 on feat/PROJ-123-spin',
    'github/push-new-branch-without-commits': 'push of 0 on feat/PROJ-123-spin',
    'github/push-tag': 'ignored: tag',
    'github/push-trunk': 'push of 2 on main',
    'github/workflow-run-failure': 'record_deploy failure',
    'github/workflow-run-in-progress': 'ignored: unfinished',
    'github/workflow-run-success': 'record_deploy success',
    'git/push-notice': 'push of 1 on feat/PROJ-123-spin',
  },
  'git.pr.opened': { 'git/pr-opened-notice': 'open pull_request on feat/PROJ-123-spin' },
  'git.pr.merged': { 'git/pr-merged-notice': 'merged pull_request' },
  'git.sync_completed': { 'git/sync-completed': 'sync' },
  'webhook.plane.issue': {
    'plane/cycle-created': 'ignored: plane_event_not_kept',
    'plane/issue-comment-created': 'ignored: plane_event_not_kept',
    'plane/issue-created': 'observe_ticket',
    'plane/issue-deleted': 'observe_ticket',
    'plane/issue-updated': 'observe_ticket',
    'plane/project-deleted': 'ignored: no_identifier',
    'plane/project-updated': 'observe_plane_project',
    'plane/relayed-github-push': 'push of 2 on feat/PROJ-123-spin',
    'plane/relayed-issue-updated': 'observe_ticket',
    'plane/ticket-identifier': 'observe_ticket',
    'plane/ticket-notice': 'observe_ticket',
  },
  'tool.mutation.edit': {
    'hookd/tool-mutation-bash-no-file': 'tool_mutation',
    'hookd/tool-mutation-edit': 'tool_mutation on feat/PROJ-123-spin',
    'hookd/tool-mutation-write-detached': 'tool_mutation',
  },
  'ci.deploy.completed': {
    'ci/deploy-completed': 'record_deploy success',
    'ci/deploy-completed-by-repository': 'record_deploy success',
    'ci/deploy-failed': 'record_deploy failure',
  },
};

const translators: { readonly [word: string]: (message: InboundMessage) => Translation } = {
  git: translateGit,
  webhook: (message) => translatePlane(message, () => true),
  tool: translateMutation,
  ci: translateDeploy,
};

const cases = Object.entries(meanings).flatMap(([key, bodies]) =>
  Object.entries(bodies).map(([body, meaning]) => [body, key, meaning] as const),
);

it.each(cases)('%s, as %s, means: %s', (body, key, meaning) => {
  const { text } = vendorBodies.find(({ sender, name }) => `${sender}/${name}` === body) ?? {};
  const message = messageOf(JSON.parse(String(text)), key);
  expect(told(translators[key.split('.')[0] ?? '']?.(message))).toBe(meaning);
});

it('says so of each body that somebody else sends', () => {
  const known = new Set(cases.map(([body]) => body));
  // Those of v2 are commands to iMi.
  const foreign = vendorBodies.filter(({ sender }) => sender !== 'v2');
  expect(
    foreign.map(({ sender, name }) => `${sender}/${name}`).filter((it) => !known.has(it)),
  ).toEqual([]);
});

function told(translation: Translation | undefined): string {
  if (translation === undefined) return 'nothing';
  if (translation.kind === 'ignored') return `ignored: ${translation.reason}`;
  if (translation.kind === 'command') {
    const { name, body } = translation.command;
    return 'result' in body ? `${name} ${body.result}` : name;
  }
  const { what, where } = translation.observation;
  const place = where.branch_name === undefined ? '' : ` on ${where.branch_name}`;
  if (what.kind === 'pull_request') return `${what.pr.pr_state} pull_request${place}`;
  if (what.kind !== 'push') return `${what.kind}${place}`;
  return `${what.forced ? 'forced ' : ''}push of ${what.commits.length}${place}`;
}
