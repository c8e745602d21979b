import { randomUUID } from 'node:crypto';
import fastify, { type FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import pg from 'pg';
import { pino } from 'pino';
import { buildServer } from '../src/http/server.ts';
import { liveSchema } from '../src/projections/tables.ts';
import { valueParsers } from '../src/projections/value-parsers.ts';
import {
  findProject,
  findProjectByOrigin,
  findTrunkPath,
} from '../src/read-api/queries/projects.ts';
import type { ReadDatabase } from '../src/read-api/read-database.ts';
import { sameAnswers, sameOptions } from './same-answers.ts';

/**
 * The limits that reads are held against. For projects Fastify and node-pg and nothing else, with the
 * statements that iMi sends, named as it names them, and its answers to the byte. For what is in
 * flight, searches and traces the functions of v2, which answer less, and statements that answer the
 * same, both behind the Fastify that iMi has: its log, its headers, its correlation.
 */
const pool = new pg.Pool({
  connectionString: process.env.IMI_DATABASE_URL,
  options: '-c timezone=UTC',
  max: Number(process.env.IMI_DATABASE_POOL_SIZE),
  types: valueParsers,
});
const app = fastify({ logger: false, routerOptions: { maxParamLength: 500 } });

type Rows = Record<string, unknown>[];

async function rowsOf(text: string, values: unknown[]): Promise<Rows> {
  return (await pool.query({ name: text.slice(0, 60), text, values })).rows;
}

const projectBy = (name: string, text: string) => async (value: string) => {
  const { rows } = await pool.query({ name, text, values: [value] });
  const { origin_key: _key, position: _position, active_work, inflight, ...row } = rows[0];
  return {
    id: row.id,
    project_id: row.id,
    name: row.name,
    remote_origin: row.remote_origin,
    default_branch: row.default_branch,
    trunk_path: row.trunk_path,
    description: row.description,
    metadata: row.metadata,
    active: row.active,
    active_work_items: Number(active_work),
    inflight_work_items: Number(inflight),
    created_at: row.created_at,
    updated_at: row.updated_at,
    revision: row.revision,
  };
};

const byId = projectBy('by-id', await sent((db) => findProject(db, '')));
const byOrigin = projectBy('by-origin', await sent((db) => findProjectByOrigin(db, '')));
const pathSql = await sent((db) => findTrunkPath(db, ''));

app.get<{ Params: { id: string } }>('/api/v1/projects/:id', ({ params }) => byId(params.id));
app.get<{ Querystring: { remote_origin: string } }>(
  '/api/v1/projects/by-origin',
  ({ query: { remote_origin } }) =>
    byOrigin(remote_origin.replace('git@github.com:', 'github.com/').replace('.git', '')),
);
app.get<{ Params: { id: string } }>('/api/v1/projects/:id/path', async ({ params: { id } }) => {
  const [row] = await rowsOf(pathSql, [id]);
  return { project_id: id, worktree_name: null, path: row?.trunk_path };
});
const v2: FastifyPluginAsyncZod = async (routes) => {
  routes.get<{ Querystring: { project_id: string } }>('/work/inflight', async ({ query }) => ({
    items: await rowsOf('SELECT * FROM v2.get_inflight_work($1)', [query.project_id]),
  }));
  routes.get<{ Querystring: { search: string; limit: string } }>(
    '/projects',
    async ({ query: { search, limit } }) => ({
      items: await rowsOf('SELECT * FROM v2.search_projects($1, $2)', [search, limit]),
    }),
  );
  routes.get<{ Params: { id: string } }>('/trace/ticket/:id', async ({ params: { id } }) => ({
    chain: (await rowsOf('SELECT v2.get_ticket_trace($1) AS chain', [id]))[0]?.chain,
  }));
};

const samePool = new pg.Pool({
  connectionString: process.env.IMI_DATABASE_URL,
  options: sameOptions,
  max: Number(process.env.IMI_DATABASE_POOL_SIZE),
});

/** Sends the JSON text that a statement answers as it is. */
async function answer(
  reply: FastifyReply,
  name: keyof typeof sameAnswers,
  values: readonly unknown[],
): Promise<void> {
  const { rows } = await samePool.query({ name, text: sameAnswers[name], values: [...values] });
  await reply.type('application/json; charset=utf-8').send(rows[0]?.answer);
}

const same: FastifyPluginAsyncZod = async (routes) => {
  routes.get<{ Querystring: { project_id: string } }>('/work/inflight', ({ query }, reply) =>
    answer(reply, 'inflight', [query.project_id]),
  );
  routes.get<{ Querystring: { search: string; limit: string } }>(
    '/projects',
    ({ query: { search, limit } }, reply) => answer(reply, 'search', [search, limit]),
  );
  routes.get<{ Params: { id: string } }>('/trace/ticket/:id', ({ params }, reply) =>
    answer(reply, 'trace', [params.id]),
  );
};

const likeImi = (routes: FastifyPluginAsyncZod) =>
  buildServer({
    logger: pino(),
    version: '2',
    bodyLimit: 1_048_576,
    corsOrigins: [],
    apiKey: undefined,
    apiKeys: [],
    localOnly: true,
    newId: randomUUID,
    isUnavailable: () => false,
    api: [routes],
    operations: [],
  });
const servers = { raw: app, v2: await likeImi(v2), same: await likeImi(same) };

const here = { host: '127.0.0.1', port: 0 };
const listening = Object.entries(servers).map(async ([name, server]) => [
  name,
  await server.listen(here),
]);
process.stdout.write(`${JSON.stringify(Object.fromEntries(await Promise.all(listening)))}\n`);
process.once('SIGTERM', async () => {
  await Promise.all(Object.values(servers).map((server) => server.close()));
  await Promise.all([pool.end(), samePool.end()]);
});

/** The text of the statement that a query of iMi sends. */
async function sent(query: (db: ReadDatabase) => Promise<unknown>): Promise<string> {
  let sentText = '';
  const client = {
    query: async (statement: string | { readonly text: string }) => {
      sentText = typeof statement === 'string' ? statement : statement.text;
      return { command: 'SELECT', rowCount: 0, rows: [] };
    },
    release: () => {},
  };
  const recording = { connect: async () => client, end: async () => {} };
  const dialect = new PostgresDialect({ pool: recording as unknown as PostgresPool });
  await query(new Kysely<never>({ dialect }).withSchema(liveSchema) as unknown as ReadDatabase);
  return sentText;
}
