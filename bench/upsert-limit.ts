import pg from 'pg';
import { connectDatabase } from '../src/projections/database.ts';
import { dropGeneration } from '../src/projections/generation.ts';
import { migrateReadModels } from '../src/projections/migrate.ts';
import { versionedTables } from '../src/projections/versioned-tables.ts';
import { perSecond } from './stats.ts';

const schema = 'bench_upsert';
/** Tables without versions, of which a row is written when it is first told. */
const plain = ['ticket_links', 'commits', 'touched_files', 'deploy_commits', 'deploy_work_items'];
const batches = 50;

type Row = Readonly<Record<string, string | null>>;
/** A statement, and an array for each of its parameters. */
type Write = readonly [text: string, values: readonly (readonly (string | null | undefined)[])[]];

/**
 * Writes what the read models in `from` hold once more, into empty tables of the same form with all
 * their indexes: for every `batch` events one durable transaction, with an unnest statement for
 * each table and nothing else to do. Answers events a second over the first 50 batches.
 */
export async function upsertLimit(url: string, from: string, batch: number): Promise<number> {
  const db = connectDatabase(url, { poolSize: 1, applicationName: 'bench', statementTimeoutMs: 0 });
  await dropGeneration({ db, schema });
  await migrateReadModels(db, schema);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const bounds = await positions(client, from, batch);
  let ms = 0;
  for (const [index, until] of bounds.entries()) {
    const writes = await writesBetween(client, from, bounds[index - 1] ?? '-1', until);
    const startedAt = performance.now();
    await client.query('BEGIN');
    for (const [text, values] of writes) await client.query(text, values as unknown[]);
    await client.query('COMMIT');
    ms += performance.now() - startedAt;
  }
  await client.end();
  await dropGeneration({ db, schema });
  await db.destroy();
  return perSecond(bounds.length * batch, ms);
}

/** Where each batch ends. */
async function positions(client: pg.Client, from: string, batch: number): Promise<string[]> {
  const all = Object.values(versionedTables)
    .map(({ versions }) => `SELECT position FROM ${from}.${versions}`)
    .join(' UNION ');
  const { rows } = await client.query<{ position: string }>(
    `SELECT position FROM (
      SELECT position, row_number() OVER (ORDER BY position) AS place FROM (${all}) AS told
    ) AS numbered WHERE place % $1 = 0 ORDER BY position LIMIT $2`,
    [batch, batches],
  );
  return rows.map(({ position }) => position);
}

async function writesBetween(
  client: pg.Client,
  from: string,
  after: string,
  until: string,
): Promise<readonly Write[]> {
  const rowsOf = async (table: string) => {
    const columns = await columnsOf(client, from, table);
    const { rows } = await client.query<Row>(
      `SELECT ${columns.map(({ name }) => `${name}::text AS ${name}`).join()}
      FROM ${from}.${table} AS entry
      WHERE position > $1 AND position <= $2 ORDER BY entry.position`,
      [after, until],
    );
    return { columns, rows };
  };
  const writes: Write[] = [];
  for (const { table, versions } of Object.values(versionedTables)) {
    const { columns, rows } = await rowsOf(versions);
    writes.push(insert(versions, columns, rows, ''));
    const last = new Map(rows.map((row) => [row.id, row]));
    writes.push(insert(table, columns, [...last.values()], onConflict(columns)));
  }
  for (const table of plain) {
    const { columns, rows } = await rowsOf(table);
    writes.push(insert(table, columns, rows, onConflict(columns)));
  }
  return writes.filter(([, [ids]]) => ids && ids.length > 0);
}

interface Column {
  readonly name: string;
  readonly type: string;
}

async function columnsOf(client: pg.Client, from: string, table: string): Promise<Column[]> {
  const { rows } = await client.query<Column>(
    `SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
    WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
    ORDER BY attname = 'id' DESC, attnum`,
    [`${from}.${table}`],
  );
  return rows;
}

function insert(
  table: string,
  columns: readonly Column[],
  rows: readonly Row[],
  more: string,
): Write {
  const arrays = columns.map(({ type }, index) => `$${index + 1}::${type}[]`);
  return [
    `INSERT INTO ${schema}.${table} (${columns.map(({ name }) => name).join()})
    SELECT * FROM unnest(${arrays.join()}) ${more}`,
    columns.map(({ name }) => rows.map((row) => row[name])),
  ];
}

const onConflict = (columns: readonly Column[]): string =>
  `ON CONFLICT (id) DO UPDATE SET ${columns
    .filter(({ name }) => name !== 'id')
    .map(({ name }) => `${name} = excluded.${name}`)
    .join()}`;
