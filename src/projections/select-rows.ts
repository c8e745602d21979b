import { sql } from 'kysely';
import { arrayLiteral } from './array-literal.ts';
import { namesOf } from './column-lists.ts';
import { runCompiled } from './compiled.ts';
import { type Generation, tableOf } from './generation.ts';
import type { FoldedTable } from './row-fold.ts';

/**
 * The rows with these ids, of whichever type the column `id` is, as they stand now; no ids ask for
 * nothing.
 */
export async function selectByIds<Row>(
  { db, schema, postponed }: Generation,
  of: FoldedTable & { readonly versions?: string },
  ids: readonly string[],
): Promise<readonly Row[]> {
  if (ids.length === 0) return [];
  const { table, columns } = of;
  const versions = postponed?.has(table) ? of.versions : undefined;
  const build = () => {
    const names = namesOf(columns);
    const wanted = sql`${null}::${sql.raw(columns.id)}[]`;
    return versions === undefined
      ? sql<Row>`SELECT ${names} FROM ${tableOf(schema, table)} WHERE id = ANY(${wanted})`
      : sql<Row>`
          SELECT last.* FROM unnest(${wanted}) AS wanted (id) CROSS JOIN LATERAL (
            SELECT ${names} FROM ${tableOf(schema, versions)} AS version
            WHERE version.id = wanted.id ORDER BY position DESC LIMIT 1
          ) AS last`;
  };
  return runCompiled(db, `select ${schema}.${versions ?? table}`, build, [arrayLiteral(ids)]);
}
