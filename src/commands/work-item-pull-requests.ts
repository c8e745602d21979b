import type { JsonObject } from '../events/event-store.ts';
import { prLinkIdOf } from '../events/ids.ts';
import type { PrState, PullRequest } from '../events/pull-request.ts';
import type { WorkItem } from '../events/work-item.ts';
import type { PlannedEvent } from './command.ts';
import {
  type Decision,
  type DecisionContext,
  type Reservation,
  refuse,
  unchanged,
  write,
} from './decision.ts';
import { identityOf, noSuchWorkItem, pastTime, workItemIdsOf } from './work-item.ts';
import type { LinkPr, ObservePr, UpdatePrState } from './work-item-pull-request-schemas.ts';

/** What every event tells of a pull request. */
type Face = Pick<
  PullRequest,
  'id' | 'pr_number' | 'pr_url' | 'pr_title' | 'metadata' | 'head_commit_hash' | 'pr_updated_at'
>;

type Merge = Pick<ObservePr, 'merge_commit_hash' | 'merged_by' | 'before_start'>;

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
  const face = newFace(state, command, { metadata: command.metadata ?? {}, pr_updated_at: null });
  return write(linked(state, face, pr_state, command), reservationOf(state, face));
}

/** Moves a pull request on (spec/domain.md, "PR"); the state it has already changes nothing. */
export function decidePrState(
  state: WorkItem | null,
  command: UpdatePrState,
  context: DecisionContext,
): Decision {
  if (state === null) return noSuchWorkItem(context.entityId);
  const { pr_link_id, pr_number, pr_state, head_commit_hash } = command;
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
  const face = {
    ...pr,
    head_commit_hash: head_commit_hash ?? pr.head_commit_hash,
    pr_updated_at: context.now,
  };
  return write([prEvent(type, state, face, stateFields(pr_state, command))]);
}

/**
 * Takes over what the home of a pull request tells of it: links it when it is new, moves it on, and
 * records a new title, address or head. What is told late changes nothing, but for a merge, which
 * is final; a transition that was not told, such as a reopening before a merge, is made up for.
 */
export function decideObservePr(
  state: WorkItem | null,
  command: ObservePr,
  context: DecisionContext,
): Decision {
  if (state === null) return noSuchWorkItem(context.entityId);
  const pr_updated_at = pastTime(command.observed_at, context.now);
  const id = prLinkIdOf(state.project_id, command.pr_number);
  const pr = state.prs.find((each) => each.id === id);
  if (pr === undefined) {
    const face = newFace(state, command, { metadata: {}, pr_updated_at });
    return write(linked(state, face, command.pr_state, command), reservationOf(state, face));
  }
  const isLate = pr.pr_updated_at !== null && pr_updated_at < pr.pr_updated_at;
  const moves = pr.pr_state === 'merged' ? [] : pathOf(pr.pr_state, command.pr_state);
  const isNews = !isLate || (command.pr_state === 'merged' && moves.length > 0);
  const face = {
    ...pr,
    pr_updated_at,
    pr_url: command.pr_url ?? pr.pr_url,
    pr_title: command.pr_title ?? pr.pr_title,
    // What is pushed to the branch after the merge is no part of what was merged.
    head_commit_hash:
      pr.pr_state === 'merged'
        ? (pr.head_commit_hash ?? command.head_commit_hash ?? null)
        : (command.head_commit_hash ?? pr.head_commit_hash),
  };
  const changed_fields = observedFields.filter((name) => face[name] !== pr[name]);
  if (!isNews || (moves.length === 0 && changed_fields.length === 0)) {
    return unchanged({ ...workItemIdsOf(state), pr_link_id: id });
  }
  if (moves.length > 0) {
    return write(moves.map(({ type, to }) => prEvent(type, state, face, stateFields(to, command))));
  }
  const fields = { pr_state: pr.pr_state, changed_fields };
  return write([prEvent('imi.pr.updated', state, face, fields)]);
}

/** What names the pull request of a command, for its refusal. */
export const prParams = ({
  pr_link_id,
  pr_number,
}: Pick<UpdatePrState, 'pr_link_id' | 'pr_number'>): JsonObject => ({
  ...(pr_link_id !== undefined && { pr_link_id }),
  ...(pr_number !== undefined && { pr_number }),
});

const observedFields = ['pr_url', 'pr_title', 'head_commit_hash'] as const;

/** The steps from one state to another, each of them a transition. */
function pathOf(from: PrState, to: PrState): readonly { type: string; to: PrState }[] {
  if (from === to) return [];
  const type = transitions[from][to];
  if (type !== undefined) return [{ type, to }];
  const reopened = transitions[from].open;
  return reopened ? [{ type: reopened, to: 'open' }, ...pathOf('open', to)] : [];
}

const newFace = (
  item: WorkItem,
  command: Pick<LinkPr, 'pr_number' | 'pr_url' | 'pr_title' | 'head_commit_hash'>,
  rest: Pick<Face, 'metadata' | 'pr_updated_at'>,
): Face => ({
  id: prLinkIdOf(item.project_id, command.pr_number),
  pr_number: command.pr_number,
  pr_url: command.pr_url ?? urlOf(item.remote_origin, command.pr_number),
  pr_title: command.pr_title ?? null,
  head_commit_hash: command.head_commit_hash ?? null,
  ...rest,
});

/** A link begins open, and gets into another state by that state's own event. */
const linked = (item: WorkItem, face: Face, to: PrState, command: Merge): PlannedEvent[] => [
  prEvent('imi.pr.created', item, face, { pr_state: 'open' }),
  ...pathOf('open', to).map((step) =>
    prEvent(step.type, item, face, stateFields(step.to, command)),
  ),
];

const reservationOf = (item: WorkItem, { id, pr_number }: Face): Reservation => ({
  kind: 'pr',
  key: id,
  taken: (holderId) => ({
    code: 'CONFLICT',
    message: 'This pull request is linked to another work item',
    params: { work_item_id: holderId, project_id: item.project_id, pr_number },
  }),
});

const prEvent = (
  type: string,
  item: WorkItem,
  { id, pr_number, pr_url, pr_title, metadata, head_commit_hash, pr_updated_at }: Face,
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
    head_commit_hash,
    pr_updated_at,
    ...fields,
  },
});

const stateFields = (
  pr_state: PrState,
  { merge_commit_hash, merged_by, before_start }: Merge,
): JsonObject => ({
  pr_state,
  ...(pr_state === 'merged' && {
    merge_commit_hash: merge_commit_hash ?? null,
    merged_by: merged_by ?? null,
    ...(before_start && { before_start }),
  }),
});

/** `git@host:owner/repo.git` as GitHub, and those who do as GitHub does, address a pull request. */
const urlOf = (remoteOrigin: string, prNumber: number): string =>
  remoteOrigin.replace(/^git@([^:]+):(.+)\.git$/, `https://$1/$2/pull/${prNumber}`);
