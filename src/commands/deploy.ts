import { isSameCommit } from '../events/commit-hash.ts';
import type { Deploy } from '../events/deploy.ts';
import type { Project } from '../events/project.ts';
import type { WorkItem } from '../events/work-item.ts';
import { type Decision, type DecisionContext, refuse, unchanged, write } from './decision.ts';
import type { RecordDeploy } from './deploy-schemas.ts';
import { pastTime } from './work-item.ts';

/** What the command names beside the deploy itself, as far as iMi knows it. */
export interface DeployedThings {
  readonly project: Project | null;
  /** Shown form of the repository, also of one that nobody has registered. */
  readonly remoteOrigin: string | null;
  readonly workItem: WorkItem | null;
}

/**
 * Records a deploy (spec/domain.md, "deploy"). What it ships is not decided here: work is matched by
 * its commits when it is read, so that commits told after the deploy count as well.
 * A deploy that was recorded may gain work items and commits, and succeed after it failed; another
 * commit or environment under its id is a conflict, and so is the failure of one that succeeded.
 */
export function decideRecordDeploy(
  state: Deploy | null,
  command: RecordDeploy,
  context: DecisionContext,
  things: DeployedThings,
): Decision {
  const { deploy_id } = command;
  const result = command.result ?? 'success';
  if (command.work_item_id != null && things.workItem === null) {
    const params = { work_item_id: command.work_item_id };
    return refuse('NOT_FOUND', 'Work item not found', params);
  }
  if (command.project_id !== undefined && things.project === null) {
    return refuse('NOT_FOUND', 'Project not found', { project_id: command.project_id });
  }
  const conflict = conflictOf(state, command, result, things);
  if (conflict) return conflict;

  const data = {
    deploy_id,
    environment: command.environment,
    commit_hash: longer(state?.commit_hash ?? '', command.commit_hash),
    deployment_commits: union(state?.deployment_commits, command.deployment_commits),
    deployed_at: deployedAt(state, command, result, context),
    ...repositoryOf(state, things),
    work_item_ids: union(state?.work_item_ids, things.workItem ? [things.workItem.id] : []),
    metadata: command.metadata ?? state?.metadata ?? {},
    result,
  };
  if (state !== null && isKnown(state, data)) return unchanged({ deploy_id });
  const type = result === 'success' ? 'imi.deploy.completed' : 'imi.deploy.failed';
  return write([{ type, data }]);
}

function conflictOf(
  state: Deploy | null,
  command: RecordDeploy,
  result: Deploy['result'],
  { workItem, remoteOrigin }: DeployedThings,
): Decision | null {
  if (workItem && remoteOrigin && !isSameRepository(workItem.remote_origin, remoteOrigin)) {
    const { id: work_item_id, remote_origin } = workItem;
    const message = 'The work item belongs to another repository than the one deployed';
    return refuse('CONFLICT', message, { work_item_id, remote_origin });
  }
  if (state === null) return null;
  const { deploy_id, environment, commit_hash } = state;
  const recorded = { deploy_id, environment, commit_hash, result: state.result };
  if (environment !== command.environment || !isSameCommit(commit_hash, command.commit_hash)) {
    const message = 'This deploy_id is recorded with another commit or environment';
    return refuse('CONFLICT', message, recorded);
  }
  if (remoteOrigin && state.remote_origin && !isSameRepository(remoteOrigin, state.remote_origin)) {
    const { remote_origin } = state;
    const message = 'This deploy_id is recorded with another repository';
    return refuse('CONFLICT', message, { ...recorded, remote_origin });
  }
  if (state.result === 'success' && result === 'failure') {
    return refuse('CONFLICT', 'This deploy has already succeeded', recorded);
  }
  return null;
}

/** The first account stands, until a deploy that failed succeeds. */
const deployedAt = (
  state: Deploy | null,
  { deployed_at }: RecordDeploy,
  result: Deploy['result'],
  { now }: DecisionContext,
): string =>
  state?.result === result ? state.deployed_at : pastTime(deployed_at ?? undefined, now);

function repositoryOf(
  state: Deploy | null,
  { project, remoteOrigin, workItem }: DeployedThings,
): Pick<Deploy, 'project_id' | 'project_name' | 'remote_origin'> {
  return {
    project_id: project?.id ?? state?.project_id ?? workItem?.project_id ?? null,
    project_name: project?.name ?? state?.project_name ?? workItem?.project_name ?? null,
    remote_origin: remoteOrigin ?? state?.remote_origin ?? workItem?.remote_origin ?? null,
  };
}

/** Nothing said beyond what is recorded; a new name of the project is no news of its deploy. */
const isKnown = (
  state: Deploy,
  said: Pick<
    Deploy,
    'result' | 'commit_hash' | 'deployment_commits' | 'work_item_ids' | 'remote_origin'
  >,
): boolean =>
  state.result === said.result &&
  state.commit_hash === said.commit_hash &&
  state.deployment_commits.length === said.deployment_commits.length &&
  state.work_item_ids.length === said.work_item_ids.length &&
  (state.remote_origin !== null || said.remote_origin === null);

const isSameRepository = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

const longer = (a: string, b: string): string => (a.length > b.length ? a : b);

const union = (known: readonly string[] = [], said: readonly string[] = []): readonly string[] => [
  ...new Set([...known, ...said]),
];
