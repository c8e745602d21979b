import { type RawBuilder, sql } from 'kysely';

/** A row's system column with the transaction that has written it. */
export const writtenBy = (table: string): RawBuilder<string> => sql`${sql.ref(`${table}.xmin`)}`;

/**
 * What is different whenever a work item is, with its pull requests and commits, or its links
 * (`l`): every event of a work item writes its row, and a change of its links theirs. These are the
 * transactions that have written them, none of which does so twice, and the position of the row,
 * since a server that has lost transactions in a failover gives their numbers to others.
 */
export const workVersion = (item: RawBuilder<string>, position: RawBuilder<unknown>) =>
  [
    item.as('written_by'),
    position.as('version_position'),
    writtenBy('l').as('links_written_by'),
  ] as const;
