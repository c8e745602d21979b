import type { JsonObject } from '../events/event-store.ts';
import { prLinkIdOf } from '../events/ids.ts';
import type { PrState, PullRequest } from '../events/pull-request.ts';
import type { WorkItem } from '../events/work-item.ts';
import type { PlannedEvent } from './command.ts';
import { type Decision, type DecisionContext, refuse, unchanged, write } from './decision.ts';
import { identityOf, noSuchWorkItem, workItemIdsOf } from './work-item.ts';
import type { LinkPr, UpdatePrState } from './work-item-pull-request-schemas.ts';

type Face = Pick<PullRequest, 'id' | 'pr_number' | 'pr_url' | 'pr_title' | 'metadata'>;

/** The state that each state may be left for, and the event that says so; merged is final. */
const transitions: {
  readonly [from in PrState]: { readonly [to in PrState]?: string };
} = {
  open: { merged: 'imi.pr.merged', closed: 'imi.pr.closed' },
  closed: { open: 'imi.pr.reopened' },
  merged: {},
};

/**
 * Links a pull request, also to work that has ended; the same pair again changes nothing, whatever
 * state it tells. A link that comes in another state than open gets there by its own event.
 */
export function decideLinkPr(
  state: WorkItem | null,
  command: LinkPr,
  context: DecisionContext,
): Decision {
  if (state === null) return noSuchWorkItem(context.entityId);
  const { pr_number, pr_state = 'open' } = command;
  const id = prLinkIdOf(state.project_id, pr_number);
  if (state.prs.some((pr) => pr.id === id)) {
    return unchanged({ ...workItemIdsOf(state), pr_link_id: id });
  }
  const pr: Face = {
    id,
    pr_number,
    pr_url: command.pr_url ?? urlOf(state.remote_origin, pr_number),
    pr_title: command.pr_title ?? null,
    metadata: command.metadata ?? {},
  };
  const created = prEvent('imi.pr.created', state, pr, { pr_state: 'open' });
  const moved = transitions.open[pr_state];
  const then = moved ? [prEvent(moved, state, pr, stateFields(pr_state, command))] : [];
  return write([created, ...then], {
    kind: 'pr',
    key: id,
    taken: (holderId) => ({
      code: 'CONFLICT',
      message: 'This pull request is linked to another work item',
      params: { work_item_id: holderId, project_id: state.project_id, pr_number },
    }),
  });
}

/** Moves a pull request on (spec/domain.md, "PR"); the state it has already changes nothing. */
export function decidePrState(
  state: WorkItem | null,
  command: UpdatePrState,
  context: DecisionContext,
): Decision {
  if (state === null) return noSuchWorkItem(context.entityId);
  const { pr_link_id, pr_number, pr_state } = command;
  const pr = state.prs.find((each) =>
    pr_link_id === undefined ? each.pr_number === pr_number : each.id === pr_link_id,
  );
  if (pr === undefined) return refuse('NOT_FOUND', 'Pull request not found', prParams(command));
  const ids = { ...workItemIdsOf(state), pr_link_id: pr.id };
  if (pr.pr_state === pr_state) return unchanged(ids);
  const type = transitions[pr.pr_state][pr_state];
  if (type === undefined) {
    const message = `A ${pr.pr_state} pull request cannot become ${pr_state}`;
    return refuse('CONFLICT', message, { ...ids, pr_number: pr.pr_number, pr_state: pr.pr_state });
  }
  return write([prEvent(type, state, pr, stateFields(pr_state, command))]);
}

/** What names the pull request of a command, for its refusal. */
export const prParams = ({ pr_link_id, pr_number }: UpdatePrState): JsonObject => ({
  ...(pr_link_id !== undefined && { pr_link_id }),
  ...(pr_number !== undefined && { pr_number }),
});

const prEvent = (
  type: string,
  item: WorkItem,
  { id, pr_number, pr_url, pr_title, metadata }: Face,
  fields: JsonObject,
): PlannedEvent => ({
  type,
  data: {
    ...identityOf(item),
    pr_link_id: id,
    pr_number,
    pr_url,
    pr_title,
    metadata,
    ...fields,
  },
});

const stateFields = (
  pr_state: PrState,
  { merge_commit_hash, merged_by }: Pick<LinkPr, 'merge_commit_hash' | 'merged_by'>,
): JsonObject => ({
  pr_state,
  ...(pr_state === 'merged' && {
    merge_commit_hash: merge_commit_hash ?? null,
    merged_by: merged_by ?? null,
  }),
});

/** `git@host:owner/repo.git` as GitHub, and those who do as GitHub does, address a pull request. */
const urlOf = (remoteOrigin: string, prNumber: number): string =>
  remoteOrigin.replace(/^git@([^:]+):(.+)\.git$/, `https://$1/$2/pull/${prNumber}`);
