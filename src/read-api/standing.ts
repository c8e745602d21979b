import { type RawBuilder, sql } from 'kysely';
import type { PrLinkResource } from '../http/schemas/pr-link.ts';
import type { CleaningBlocker, StaleReason } from '../http/schemas/work-item.ts';

/** What the standing of work is judged by. */
export interface Terms {
  /** The time as of which is asked, RFC 3339 UTC. */
  readonly now: string;
  /** `IMI_STALE_DAYS` */
  readonly staleDays: number;
}

/** What of a work item its standing depends on. */
export interface Facts {
  readonly active: boolean;
  readonly branch_deleted_at: string | null;
  readonly last_activity_at: string;
  readonly last_sync_at: string | null;
  readonly has_uncommitted_changes: boolean;
  readonly last_commit_hash: string | null;
  readonly merge_commit_hash: string | null;
}

export interface Standing {
  readonly stale: boolean;
  readonly stale_reason: StaleReason | null;
  readonly safe_to_clean: boolean;
  readonly safe_to_clean_blockers: CleaningBlocker[];
}

/** The pull requests of a work item; null is none that ended. */
interface Reviews {
  readonly has_open_prs: boolean;
  readonly ended_prs: readonly PrLinkResource[] | null;
}

/** How a work item stands, by its row and all its pull requests. */
export function standingBy(terms: Terms): (facts: Facts, prs: Reviews) => Standing {
  const isSilent = silenceBy(terms);
  return (facts, prs) => {
    const stale_reason = staleReason(facts, isSilent);
    const safe_to_clean_blockers = blockersOf(facts, prs);
    return {
      stale: stale_reason !== null,
      stale_reason,
      safe_to_clean: safe_to_clean_blockers.length === 0,
      safe_to_clean_blockers,
    };
  };
}

/** Work that goes nowhere: its branch is gone, or nothing was heard of it for `staleDays`. */
function staleReason(
  facts: Facts,
  isSilent: (heardAt: string | null) => boolean,
): StaleReason | null {
  if (facts.active && facts.branch_deleted_at !== null) return 'branch_deleted';
  return isSilent(heardAt(facts)) ? 'silent' : null;
}

/** When something was last heard of work; null when how it stands does not depend on that. */
export function heardAt({
  active,
  branch_deleted_at,
  last_activity_at,
  last_sync_at,
}: Facts): string | null {
  if (!active || branch_deleted_at !== null) return null;
  const isLater = last_sync_at === null || last_sync_at < last_activity_at;
  return isLater ? last_activity_at : last_sync_at;
}

/** Whether that was too long ago. */
export function silenceBy(terms: Terms): (heardAt: string | null) => boolean {
  const since = silentSince(terms);
  return (heardAt) => heardAt !== null && heardAt < since;
}

/** The same rule as a condition on `work_items`, for lists. */
export const isStale = (terms: Terms): RawBuilder<boolean> => sql<boolean>`(active AND (
  branch_deleted_at IS NOT NULL OR greatest(last_activity_at, last_sync_at) < ${silentSince(terms)}
))`;

const silentSince = ({ now, staleDays }: Terms): string =>
  new Date(Date.parse(now) - staleDays * 86_400_000).toISOString();

/** What stands against removing the checkout; nothing does when all of it is known to be merged. */
function blockersOf(facts: Facts, { has_open_prs, ended_prs }: Reviews): CleaningBlocker[] {
  const merged = (ended_prs ?? []).filter(({ pr_state }) => pr_state === 'merged');
  const mergedHeads = [facts.merge_commit_hash, ...merged.flatMap(hashesOf)].filter(
    (hash) => hash !== null,
  );
  const head = facts.last_commit_hash;
  const blockers: CleaningBlocker[] = [];
  if (merged.length === 0) blockers.push('pr_not_merged');
  if (has_open_prs) blockers.push('pr_open');
  if (facts.last_sync_at === null) blockers.push('git_state_unknown');
  if (facts.has_uncommitted_changes) blockers.push('uncommitted_changes');
  if (head === null || mergedHeads.length === 0) blockers.push('head_unknown');
  else if (!mergedHeads.some((hash) => isSameCommit(hash, head))) blockers.push('head_not_merged');
  // Whoever did something since the checkout was looked at may have left something in it.
  const isBusy = facts.last_sync_at !== null && facts.last_activity_at > facts.last_sync_at;
  if (isBusy) blockers.push('owner_busy');
  return blockers;
}

const hashesOf = ({ head_commit_hash, merge_commit_hash }: PrLinkResource) => [
  head_commit_hash,
  merge_commit_hash,
];

/** Hashes come short or in full. */
const isSameCommit = (one: string, other: string): boolean =>
  one.startsWith(other) || other.startsWith(one);
