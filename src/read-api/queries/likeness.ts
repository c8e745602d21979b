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

/** Each condition has its index; what is cheapest to check comes first, and often decides. */
export const similar = (like: Likeness) => sql<boolean>`(
  projects.name ILIKE ${like.part} OR projects.remote_origin ILIKE ${like.part}
  OR ${columnOf(like)} % ${like.search} OR ${like.search} <% ${columnOf(like)}
)`;

/**
 * Names, or origins, that contain the text come first, then the most similar. An origin is long, so
 * what counts is its most similar part; names are compared whole, for all that match are ranked, and
 * looking for parts takes several times as long.
 */
export const rank = (like: Likeness) => sql<number>`(
  (${columnOf(like)} ILIKE ${like.part})::int + ${
    like.column === 'name'
      ? sql`similarity(projects.name, ${like.search})`
      : sql`word_similarity(${like.search}, projects.remote_origin)`
  }
)`;
