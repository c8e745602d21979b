import type { InboundMessage } from '../../bloodbank/envelope-in.ts';
import { isObject } from '../../bloodbank/json-body.ts';
import { MalformedMessageError } from '../../bloodbank/malformed.ts';
import type { JsonObject } from '../../events/event-store.ts';
import { observationIdOf } from '../../events/ids.ts';
import { maxShortText } from '../fields.ts';
import { type DeployResult, recordedDeploy } from './deploy-command.ts';
import { hashOf, momentOf } from './git-fields.ts';
import { repositoryOf } from './git-repository.ts';
import { translateGithubDeploy } from './github-deploy.ts';
import { layersOf } from './recognise.ts';
import { ignored, type Translation } from './translation.ts';
import { firstOf, vendorText, vendorUuid } from './vendor-fields.ts';

const maxCommits = 5_000;

const names = {
  id: ['deploy_id', 'deployment_id', 'id'],
  environment: ['environment', 'env', 'target'],
  commit: ['commit_hash', 'commit_sha', 'sha', 'commit', 'head_sha'],
  repository: ['repo_url', 'repo', 'repository', 'remote_origin', 'repository_url'],
  result: ['result', 'status', 'state', 'conclusion'],
  commits: ['deployment_commits', 'commits'],
  time: ['deployed_at', 'completed_at', 'finished_at'],
} as const;

/** How senders say how a deploy went; what is not among them has not come to its end. */
const results: { readonly [word: string]: DeployResult } = {
  success: 'success',
  successful: 'success',
  succeeded: 'success',
  completed: 'success',
  deployed: 'success',
  passed: 'success',
  ok: 'success',
  failure: 'failure',
  failed: 'failure',
  error: 'failure',
  errored: 'failure',
  timed_out: 'failure',
};

/**
 * What a message of `ci.deploy.*` means: a webhook of GitHub, raw or wrapped, or one of the
 * documented forms (spec/bloodbank.md, "What the events we consume look like"). Pure: the same
 * message means the same. Throws `MalformedMessageError` for a deploy without commit or environment.
 */
export function translateDeploy(message: InboundMessage): Translation {
  const layers = layersOf(message.payload);
  for (const layer of layers) {
    const translation = translateGithubDeploy(layer, message);
    if (translation !== null) return translation;
  }
  const body = layers.find((layer) => firstOf(layer, names.commit) !== undefined);
  return notice(body ?? layers[0] ?? {}, message);
}

function notice(body: JsonObject, message: InboundMessage): Translation {
  const told = firstOf(body, names.result) ?? message.type.split('.').at(-1);
  const result = typeof told === 'string' ? wordFor(told) : undefined;
  if (result === undefined) return ignored('unfinished');
  const environment = vendorText(firstOf(body, names.environment), maxShortText);
  const commit_hash = hashOf(firstOf(body, names.commit));
  if (environment === undefined) throw missing('environment', 'is not a text');
  if (commit_hash === undefined) throw missing('commit_hash', 'is not a commit hash');
  const repository = repositoryOf(firstOf(body, names.repository));
  const told_at = momentOf(firstOf(body, names.time));
  return recordedDeploy({
    deploy_id:
      nameOf(firstOf(body, names.id)) ??
      // Whoever gives it no name means that the same commit, there, at that time, is the same.
      observationIdOf(
        'deploy',
        ...[repository?.name ?? '', environment, commit_hash],
        told_at ?? '',
      ),
    environment,
    commit_hash,
    deployment_commits: commitsOf(firstOf(body, names.commits)),
    deployed_at: told_at ?? message.timestamp,
    result,
    work_item_id: vendorUuid(body.work_item_id),
    remote_origin: repository?.origin,
  });
}

const wordFor = (text: string): DeployResult | undefined => {
  const word = text.trim().toLowerCase();
  return Object.hasOwn(results, word) ? results[word] : undefined;
};

const nameOf = (value: unknown): string | undefined =>
  vendorText(typeof value === 'number' ? String(value) : value, maxShortText);

function commitsOf(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const hashes = value.flatMap(
    (item: unknown) =>
      hashOf(isObject(item) ? firstOf(item, ['hash', 'id', 'sha', 'commit_hash']) : item) ?? [],
  );
  return [...new Set(hashes)].slice(0, maxCommits);
}

const missing = (field: string, problem: string) =>
  new MalformedMessageError('bad_event', `${field} of the deploy ${problem}`);
