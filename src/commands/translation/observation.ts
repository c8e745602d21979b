import type { JsonObject } from '../../events/event-store.ts';
import type { PrState } from '../../events/pull-request.ts';

/** Where and on whose behalf something was seen: as much of it as the sender said, as it was said. */
export interface Sighting {
  /** The repository: its remote in any form, or `owner/repo`. */
  readonly remote_origin?: string;
  readonly branch_name?: string;
  /** What the sender holds to be the trunk of the repository. */
  readonly default_branch?: string;
  /** Folder of the checkout, and the machine that it is on. */
  readonly worktree_path?: string;
  readonly host?: string;
  readonly agent_id?: string;
}

/** A commit under the names of `record_activity`. */
export interface SightedCommit {
  readonly hash: string;
  readonly message?: string;
  readonly author_name?: string;
  /** RFC 3339. */
  readonly committed_at?: string;
  readonly files: readonly string[];
}

/** A pull request under the names of `observe_pr`. */
export interface SightedPullRequest {
  readonly pr_number: number;
  readonly pr_state: PrState;
  readonly pr_url?: string;
  readonly pr_title?: string;
  readonly head_commit_hash?: string;
  /** Of a merged one only. */
  readonly merge_commit_hash?: string;
  readonly merged_by?: string;
}

/** What was seen: the same to iMi whichever vendor tells it. */
export type Seen =
  | {
      readonly kind: 'push';
      /** Oldest first. */
      readonly commits: readonly SightedCommit[];
      readonly head_commit_hash: string;
      /** The branch was moved to something that does not contain what it was before. */
      readonly forced: boolean;
    }
  | { readonly kind: 'branch_deleted'; readonly last_commit_hash?: string }
  /** `branch_name` of the sighting is its head; absent when that is in another repository (a fork). */
  | { readonly kind: 'pull_request'; readonly pr: SightedPullRequest }
  /** Of the files that were touched, relative to the root of the repository. */
  | { readonly kind: 'tool_mutation'; readonly paths: readonly string[] }
  /** A look at a checkout: the fields of `update_git_state`. */
  | { readonly kind: 'sync'; readonly git_state: JsonObject };

/**
 * Something that happened in a repository, told by others. Which project, work item and agent it is
 * about is not known to the sender, and is found out by its attribution.
 */
export interface Observation {
  /** Derived from what happened, so that the same change told again has the same id. */
  readonly id: string;
  readonly where: Sighting;
  /** When it happened, RFC 3339 UTC, as far as that was told. */
  readonly at?: string;
  readonly what: Seen;
}
