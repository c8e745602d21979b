import type { InboundMessage } from '../../bloodbank/envelope-in.ts';
import { isObject } from '../../bloodbank/json-body.ts';
import { MalformedMessageError } from '../../bloodbank/malformed.ts';
import type { JsonObject } from '../../events/event-store.ts';
import { maxShortText } from '../fields.ts';
import { type DeployResult, recordedDeploy } from './deploy-command.ts';
import { hashOf, momentOf } from './git-fields.ts';
import { repositoryOf } from './git-repository.ts';
import { ignored, type Translation } from './translation.ts';
import { vendorText } from './vendor-fields.ts';

/** The other states are on the way to one of these, or, `inactive`, after it. */
const statusResults: { readonly [state: string]: DeployResult } = {
  success: 'success',
  failure: 'failure',
  error: 'failure',
};

/** A run that was cancelled or skipped has deployed nothing, and failed at nothing. */
const runResults: { readonly [conclusion: string]: DeployResult } = {
  success: 'success',
  failure: 'failure',
  timed_out: 'failure',
  startup_failure: 'failure',
};

/**
 * What GitHub tells of deploys: `deployment_status`, or the end of a `workflow_run` that deploys.
 * A run tells nothing of its environment or purpose: under `ci.deploy.*` each counts, elsewhere one
 * whose name or file says deploy or release; the environment is the one its name says, else
 * production. Null for another body. Throws `MalformedMessageError` for one without its commit.
 */
export function translateGithubDeploy(
  body: JsonObject,
  message: InboundMessage,
): Translation | null {
  const { deployment, deployment_status: status, workflow_run: run } = body;
  if (isObject(run)) return ofRun(body, run, message);
  if (!isObject(deployment)) return null;
  return isObject(status) ? ofStatus(body, deployment, status) : ignored('unfinished');
}

function ofStatus(body: JsonObject, deployment: JsonObject, status: JsonObject): Translation {
  const result = resultIn(statusResults, status.state);
  if (result === undefined) return ignored('unfinished');
  const environment =
    vendorText(status.environment, maxShortText) ??
    vendorText(deployment.environment, maxShortText);
  if (environment === undefined) {
    throw new MalformedMessageError('bad_event', 'deployment.environment is not a text');
  }
  return recordedDeploy({
    deploy_id: `github-deployment-${idOf(deployment, 'deployment')}`,
    environment,
    commit_hash: commitIn(deployment.sha, 'deployment.sha'),
    deployed_at: momentOf(status.updated_at) ?? momentOf(status.created_at),
    result,
    remote_origin: repositoryOf(body.repository)?.origin,
  });
}

function ofRun(body: JsonObject, run: JsonObject, message: InboundMessage): Translation {
  const name = `${vendorText(run.name, maxShortText) ?? ''} ${vendorText(run.path, maxShortText) ?? ''}`;
  const isDeploy = message.type.startsWith('ci.deploy.') || /deploy|release/i.test(name);
  if (!isDeploy) return ignored('github_event_not_kept');
  const result = body.action === 'completed' ? resultIn(runResults, run.conclusion) : undefined;
  if (result === undefined) return ignored('unfinished');
  const attempt = Number.isSafeInteger(run.run_attempt) ? run.run_attempt : 1;
  return recordedDeploy({
    deploy_id: `github-run-${idOf(run, 'workflow_run')}-${attempt}`,
    environment: environmentIn(name),
    commit_hash: commitIn(run.head_sha, 'workflow_run.head_sha'),
    deployed_at: momentOf(run.updated_at),
    result,
    remote_origin: repositoryOf(body.repository)?.origin,
  });
}

const environments: readonly [RegExp, string][] = [
  [/staging|stage/i, 'staging'],
  [/preview/i, 'preview'],
  [/\b(dev|development)\b/i, 'development'],
  [/\b(test|qa)\b/i, 'test'],
];

const environmentIn = (name: string): string =>
  environments.find(([word]) => word.test(name))?.[1] ?? 'production';

const resultIn = (
  results: { readonly [word: string]: DeployResult },
  word: unknown,
): DeployResult | undefined =>
  typeof word === 'string' && Object.hasOwn(results, word) ? results[word] : undefined;

function idOf({ id }: JsonObject, field: string): number {
  if (Number.isSafeInteger(id)) return Number(id);
  throw new MalformedMessageError('bad_event', `${field}.id is not a number`);
}

function commitIn(value: unknown, field: string): string {
  const hash = hashOf(value);
  if (hash !== undefined) return hash;
  throw new MalformedMessageError('bad_event', `${field} is not a commit hash`);
}
