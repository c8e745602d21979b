import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { prefersAsync } from '../../http/consistency.ts';
import { type ImportReport, importReport } from '../../http/schemas/component.ts';
import { errorResponses } from '../../http/schemas/error.ts';
import { queryText, uuid } from '../../http/schemas/fields.ts';
import { addTomlParser } from '../../http/toml-body.ts';
import { invalidRequest } from '../../http/validation.ts';
import { maxManifestLength, parseManifest } from '../component-manifest.ts';
import type { ComponentImporter } from '../import-components.ts';
import type { WriteDoor } from './write-door.ts';
import { writeHeaders, writeQuery } from './write-schemas.ts';

export interface ComponentImportOptions {
  readonly door: WriteDoor;
  readonly importer: ComponentImporter;
}

const parent = { parent_project_id: uuid.optional(), remote_origin: queryText(500).optional() };
const importQuery = z.strictObject({ ...writeQuery.shape, ...parent });
const importBody = z.strictObject({
  ...parent,
  toml: z.string().max(maxManifestLength).describe('The text of the file'),
});

/** `POST /components/import`: a `components.toml`, as it is or in JSON (spec/domain.md, "Component"). */
export const componentImports =
  ({ door, importer }: ComponentImportOptions): FastifyPluginAsyncZod =>
  async (app) => {
    addTomlParser(app);

    app.post(
      '/components/import',
      {
        schema: {
          tags: ['components'],
          operationId: 'importComponents',
          summary: 'Make the components of a project those of its components.toml',
          description:
            'What is no longer in the file is disabled. The parent stands in the body, or, with a body in TOML, in the query. The same file again changes nothing.',
          consumes: ['application/json', 'text/toml', 'application/toml'],
          headers: writeHeaders.omit({ 'if-match': true }),
          querystring: importQuery,
          body: importBody.meta({
            examples: [
              {
                remote_origin: 'git@github.com:acme/widget.git',
                toml: '[components]\napi = { path = "services/api", kind = "local" }\n',
              },
            ],
          }),
          response: {
            200: importReport,
            202: importReport.describe('Durable; the read model will show it'),
            ...errorResponses(404, 409, 412, 413, 415),
          },
        },
      },
      async (request, reply): Promise<ImportReport> => {
        const { dry_run, ...asked } = request.query;
        const { toml, ...given } = request.body;
        const address = oneParent({ ...asked, ...given });
        const imported = { parent: address, entries: parseManifest(toml) };
        const command = door.commandOf(request, { command: 'import_components', body: address });
        if (dry_run === 'true') {
          const { position: _none, ...report } = await importer.rehearse(command, imported);
          return { ...report, dry_run: true };
        }
        const { position, ...report } = await importer.run(command, imported);
        if (position !== null) reply.header('imi-position', position.toString());
        if (prefersAsync(request)) reply.header('preference-applied', 'respond-async');
        const shown = !prefersAsync(request) && (await door.reached(request, position));
        reply.code(shown ? 200 : 202);
        return { ...report, dry_run: false };
      },
    );
  };

type Parent = { parent_project_id?: string | undefined; remote_origin?: string | undefined };

function oneParent(address: Parent): Parent {
  const given = [address.parent_project_id, address.remote_origin].filter(Boolean);
  if (given.length === 1) return address;
  const message = 'give either parent_project_id or remote_origin';
  throw invalidRequest([{ location: 'body', path: 'parent_project_id', message }]);
}
