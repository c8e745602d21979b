import { sql } from 'kysely';

/** What of a project a text is compared with. */
export type Compared = 'name' | 'remote_origin';

/** What a project is to be like. */
export interface Likeness {
  readonly search: string;
  /** The LIKE pattern for texts that contain the search. */
  readonly part: string;
  /** Compared by trigrams; a plain part is looked for in the other too. */
  readonly column: Compared;
}

const columnOf = ({ column }: Likeness) => sql.ref(`projects.${column}`);

const contains = ({ part }: Likeness) =>
  sql<boolean>`(projects.name ILIKE ${part} OR projects.remote_origin ILIKE ${part})`;

/** Each condition has its index; what is cheapest to check comes first, and often decides. */
export const similar = (like: Likeness) => sql<boolean>`(
  ${contains(like)} OR ${columnOf(like)} % ${like.search} OR ${like.search} <% ${columnOf(like)}
)`;

/**
 * Those that contain the text come first, then the most similar. All that match are ranked, and word
 * by word that takes several times as long as everything else.
 */
export const rank = (like: Likeness) => sql<number>`(
  ${contains(like)}::int + similarity(${columnOf(like)}, ${like.search})
)`;
