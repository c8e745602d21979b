import { type CompiledQuery, type Kysely, type RawBuilder, sql } from 'kysely';
import { arrayLiteral } from './array-literal.ts';
import { compiled } from './compiled.ts';
import type { Tables } from './database.ts';
import { type Generation, hasTable, tableOf } from './generation.ts';
import type { Change, Values } from './row-fold.ts';
import { linkTablesOf, workItemLinksShown } from './shown-links.ts';

export const linksTable = 'work_item_links';

/**
 * The statements that bring `work_item_links` to what the tables say that these changes were written
 * to, for all work that they may concern: its own links and pull requests, and tickets that its links
 * name.
 */
export function linkRenewals(
  { db, schema }: Generation,
  changes: readonly Change[],
): readonly CompiledQuery[] {
  const valuesOf = (table: string, column: string) => [
    ...new Set(
      changes
        .filter((change) => change.kind !== 'delete')
        .filter(({ of }) => of.table === table)
        .flatMap(({ rows }) => (rows as readonly Values[]).map((row) => row[column])),
    ),
  ];
  const items = ['ticket_links', 'pr_links'].flatMap((table) => valuesOf(table, 'work_item_id'));
  const tickets = valuesOf('tickets', 'id');
  const renewals: CompiledQuery[] = [];
  if (items.length > 0) {
    const named = () => making(schema, among(sql`SELECT unnest(${null}::uuid[])`));
    renewals.push(compiled(db, `links of work in ${schema}`, named, [arrayLiteral(items)]));
  }
  if (tickets.length > 0) {
    const linked = () => making(schema, among(linkedTo(schema)));
    const ids = arrayLiteral(tickets);
    renewals.push(compiled(db, `links to tickets in ${schema}`, linked, [ids, ids, ids]));
  }
  return renewals;
}

const among = (ids: RawBuilder<unknown>) => sql`WHERE work_item_id = ANY(ARRAY(${ids}))`;

/**
 * The work that is linked to tickets under any name they have, or had before these were written.
 * Their ids are given for each place that asks for them.
 */
const linkedTo = (schema: string) => {
  const { ticket_links, ticket_versions } = linkTablesOf(schema);
  const ids = sql`${null}::text[]`;
  const own = sql`SELECT plane_issue_id FROM ${ticket_versions} WHERE id = ANY(${ids})`;
  return sql`
    SELECT work_item_id FROM ${ticket_links} WHERE plane_ticket_id = ANY(ARRAY(
      SELECT unnest(${ids})
      UNION SELECT plane_issue_id::text FROM (${own}) AS issue
      UNION SELECT id FROM ${ticket_versions} WHERE plane_issue_id = ANY(ARRAY(${own}))
    ))`;
};

/** Makes the links of all work, in a generation that has none of them yet. */
export async function makeAllLinks({ db, schema }: Generation): Promise<void> {
  await making(schema, sql``).execute(db);
}

const making = (schema: string, where: RawBuilder<unknown>) => sql`
  INSERT INTO ${tableOf(schema, linksTable)}
  SELECT * FROM (
    SELECT * FROM ${workItemLinksShown(linkTablesOf(schema))} AS shown ${where}
  ) AS made
  WHERE coalesce(tickets, open_prs, ended_prs) IS NOT NULL
  ON CONFLICT (work_item_id) DO UPDATE SET tickets = excluded.tickets,
    open_prs = excluded.open_prs, ended_prs = excluded.ended_prs`;

const note = 'unmade_links';

/** Makes the links that a migration has asked for. */
export async function makeUnmadeLinks(db: Kysely<Tables>, schema: string): Promise<void> {
  if (!(await hasTable({ db, schema }, note))) return;
  await db.transaction().execute(async (trx) => {
    await makeAllLinks({ db: trx, schema });
    await sql`DROP TABLE ${tableOf(schema, note)}`.execute(trx);
  });
}
