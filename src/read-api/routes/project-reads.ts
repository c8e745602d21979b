import { posix } from 'node:path';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ImiError } from '../../errors.ts';
import { parseRemoteOrigin } from '../../events/remote-origin.ts';
import { type Consistency, readAfter } from '../../http/consistency.ts';
import { etagOf } from '../../http/etag.ts';
import { asOf, asOfParams } from '../../http/schemas/as-of.ts';
import { errorResponses } from '../../http/schemas/error.ts';
import { idParams, queryText, readHeaders, readQuery, uuid } from '../../http/schemas/fields.ts';
import { pageOf, pageQuery } from '../../http/schemas/page.ts';
import { projectResource } from '../../http/schemas/project.ts';
import { readerAt } from '../as-of.ts';
import { searchProjects } from '../queries/project-search.ts';
import {
  findProject,
  findProjectByOrigin,
  findTrunkPath,
  listProjects,
} from '../queries/projects.ts';
import { activeFilter, jsonObjectText, originOf } from '../query-fields.ts';
import type { ReadDatabase } from '../read-database.ts';

export interface ProjectReadOptions extends Consistency {
  readonly db: ReadDatabase;
  readonly remoteHosts: readonly string[];
}

const asOfQuery = { ...readQuery, as_of: asOf };

const listQuery = z.strictObject({
  ...asOfQuery,
  ...pageQuery,
  active: activeFilter.default('true'),
  search: queryText(200).optional().describe('In name or origin; fuzzy, the most similar first'),
  metadata: jsonObjectText
    .optional()
    .describe('A JSON object that the metadata contains')
    .meta({ examples: ['{"team":"core"}'] }),
});

const originQuery = z.strictObject({ ...asOfQuery, remote_origin: queryText(500) });

const worktreeName = queryText(255).refine(
  (name) => !/[\\/]/.test(name) && name !== '.' && name !== '..',
  'must be the name of one folder',
);

const common = { tags: ['projects'], headers: readHeaders };

/** The reads of projects (spec/http.md). */
export const projectReads =
  (options: ProjectReadOptions): FastifyPluginAsyncZod =>
  async (app) => {
    const { db, remoteHosts } = options;
    app.addHook('preHandler', readAfter(options));

    app.get(
      '/projects',
      {
        schema: {
          ...common,
          operationId: 'listProjects',
          summary: 'List or search projects',
          querystring: listQuery,
          response: { 200: pageOf(projectResource), ...errorResponses() },
        },
      },
      async ({ query: { offset, limit, active, search, metadata, as_of } }) => {
        const from = readerAt(db, as_of);
        const filter = { active: active === 'all' ? undefined : active === 'true', metadata };
        const origin = search && parseRemoteOrigin(search, remoteHosts);
        const list =
          search === undefined
            ? await listProjects(from, filter, { offset, limit })
            : await searchProjects(
                from,
                { ...filter, search: origin ? origin.display : search },
                { offset, limit },
              );
        return { ...list, offset, limit };
      },
    );

    app.get(
      '/projects/by-origin',
      {
        schema: {
          ...common,
          operationId: 'getProjectByOrigin',
          summary: 'Find a project by its origin, in any accepted form',
          querystring: originQuery,
          response: { 200: projectResource, ...errorResponses(404) },
        },
      },
      async ({ query: { remote_origin, as_of } }, reply) => {
        const origin = originOf(remote_origin, remoteHosts);
        const project = found(await findProjectByOrigin(readerAt(db, as_of), origin.key), {
          ...{ remote_origin: origin.display, ...asOfParams(as_of) },
        });
        reply.header('etag', etagOf(project.revision));
        return project;
      },
    );

    app.get(
      '/projects/:id',
      {
        schema: {
          ...common,
          operationId: 'getProject',
          summary: 'Read a project, active or not',
          params: idParams,
          querystring: z.strictObject(asOfQuery),
          response: { 200: projectResource, ...errorResponses(404) },
        },
      },
      async ({ params: { id }, query: { as_of } }, reply) => {
        const project = found(await findProject(readerAt(db, as_of), id), {
          ...{ project_id: id, ...asOfParams(as_of) },
        });
        // No 304 by this ETag: the counts of work change without the project's own stream.
        reply.header('etag', etagOf(project.revision));
        return project;
      },
    );

    app.get(
      '/projects/:id/path',
      {
        schema: {
          ...common,
          operationId: 'getProjectPath',
          summary: 'Where the trunk, or a worktree beside it, lies',
          params: idParams,
          querystring: z.strictObject({ ...asOfQuery, worktree_name: worktreeName.optional() }),
          response: {
            200: z.object({
              project_id: uuid,
              worktree_name: z.string().nullable(),
              path: z.string(),
            }),
            ...errorResponses(404),
          },
        },
      },
      async ({ params: { id }, query: { worktree_name, as_of } }) => {
        const trunk_path = found(await findTrunkPath(readerAt(db, as_of), id), {
          ...{ project_id: id, ...asOfParams(as_of) },
        });
        const path =
          worktree_name === undefined
            ? trunk_path
            : posix.join(posix.dirname(trunk_path), worktree_name);
        return { project_id: id, worktree_name: worktree_name ?? null, path };
      },
    );
  };

function found<T>(project: T | null, params: Record<string, string>): T {
  if (project === null) throw new ImiError('NOT_FOUND', 'Project not found', params);
  return project;
}
