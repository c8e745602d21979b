import { sql } from 'kysely';

/** What of a project a text is compared with. */
export type Compared = 'name' | 'remote_origin';

/** What a project, `p` in the query, is to be like. */
export interface Likeness {
  readonly search: string;
  /** The LIKE pattern for texts that contain the search. */
  readonly part: string;
  /** Compared by trigrams; a plain part is looked for in the other too. */
  readonly column: Compared;
}

const compared = ({ column }: Likeness) => sql.ref(`p.${column}`);
const other = ({ column }: Likeness) => sql.ref(column === 'name' ? 'p.remote_origin' : 'p.name');

/**
 * Each condition has its index; what is cheapest to check comes first, and often decides. Conditions
 * on one column stand together, and the column on the left, as PostgreSQL would arrange them: where
 * it has to, it takes its own arrangement for another condition, and checks every row twice.
 */
export const similar = (like: Likeness) => sql<boolean>`(
  ${compared(like)} ILIKE ${like.part} OR ${compared(like)} % ${like.search}
  OR ${compared(like)} %> ${like.search} OR ${other(like)} ILIKE ${like.part}
)`;

/**
 * Names, or origins, that contain the text come first, then the most similar. An origin is long, so
 * what counts is its most similar part; names are compared whole, for all that match are ranked, and
 * looking for parts takes several times as long.
 */
export const rank = (like: Likeness) => sql<number>`(
  (${compared(like)} ILIKE ${like.part})::int + ${
    like.column === 'name'
      ? sql`similarity(p.name, ${like.search})`
      : sql`word_similarity(${like.search}, p.remote_origin)`
  }
)`;
