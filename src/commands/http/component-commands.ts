import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import {
  type ComponentResource,
  componentResource,
  type RelationshipResource,
  relationshipResource,
} from '../../http/schemas/component.ts';
import { errorResponses } from '../../http/schemas/error.ts';
import { idParams } from '../../http/schemas/fields.ts';
import type { Success } from '../command.ts';
import {
  registerComponent,
  relateComponents,
  unrelateComponents,
  updateComponent,
} from '../component-schemas.ts';
import type { WriteDoor } from './write-door.ts';
import { accepted, rehearsed, writeHeaders, writeQuery } from './write-schemas.ts';

export interface ComponentCommandOptions {
  readonly door: WriteDoor;
  readonly readComponent: (id: string) => Promise<ComponentResource | null>;
  readonly readRelationship: (id: string) => Promise<RelationshipResource | null>;
}

const registerBody = z.strictObject(registerComponent.shape);
const updateBody = updateComponent.omit({ component_id: true }).strict();
const relateBody = relateComponents.omit({ source_component_id: true }).strict();
const { target_component_id, relationship_type } = unrelateComponents.shape;
const unrelateQuery = z.strictObject({
  ...writeQuery.shape,
  target_component_id,
  relationship_type,
});

const common = { tags: ['components'], headers: writeHeaders, querystring: writeQuery };
const componentOrDryRun = z.union([componentResource, rehearsed]);

const isNew = ({ events }: Success): boolean =>
  events.some(({ type }) => type === 'imi.component.registered');

/** `POST /components`, `PATCH /components/{id}`, `POST` and `DELETE` of its relationships (spec/http.md). */
export const componentCommands =
  ({ door, readComponent, readRelationship }: ComponentCommandOptions): FastifyPluginAsyncZod =>
  async (app) => {
    const show = (ids: { readonly [name: string]: string }) =>
      readComponent(ids.component_id ?? '');

    app.post(
      '/components',
      {
        schema: {
          ...common,
          operationId: 'registerComponent',
          summary: 'Register a component of a project, or say what has changed',
          description:
            '201 when it is new. A component is known by its parent and its name: the same again is 200, updated by the fields that are given.',
          body: registerBody.meta({
            examples: [
              {
                parent_project_id: '3f0e6d1c-1a5b-5d8e-9d8b-6f2f0f1d2c3b',
                name: 'api',
                path: 'services/api',
                kind: 'local',
              },
            ],
          }),
          response: {
            200: componentOrDryRun,
            201: componentResource,
            202: accepted,
            ...errorResponses(404, 409, 412, 413, 415),
          },
        },
      },
      (request, reply) =>
        door.answer(request, reply, {
          command: 'register_component',
          body: request.body,
          status: { accepted: (outcome) => (isNew(outcome) ? 201 : 200), unchanged: 200 },
          show,
        }),
    );

    app.patch(
      '/components/:id',
      {
        schema: {
          ...common,
          operationId: 'updateComponent',
          summary: 'Change a component',
          description:
            '`metadata` is a JSON Merge Patch (RFC 7396). The parent and the name do not change.',
          params: idParams,
          body: updateBody.meta({ examples: [{ enabled: false }] }),
          response: {
            200: componentOrDryRun,
            202: accepted,
            ...errorResponses(404, 409, 412, 413, 415),
          },
        },
      },
      (request, reply) =>
        door.answer(request, reply, {
          command: 'update_component',
          body: { ...request.body, component_id: request.params.id },
          status: { accepted: 200, unchanged: 200 },
          show,
        }),
    );

    app.post(
      '/components/:id/relationships',
      {
        schema: {
          ...common,
          operationId: 'relateComponents',
          summary: 'Relate a component to another',
          description: '201 when the relationship is new, 200 when it was there.',
          params: idParams,
          body: relateBody.meta({
            examples: [
              {
                target_component_id: '8e2d4b6a-1c3f-5a7b-8d9e-0f1a2b3c4d5e',
                relationship_type: 'depends_on',
              },
            ],
          }),
          response: {
            200: z.union([relationshipResource, rehearsed]),
            201: relationshipResource,
            202: accepted,
            ...errorResponses(404, 409, 412, 413, 415),
          },
        },
      },
      (request, reply) =>
        door.answer(request, reply, {
          command: 'relate_components',
          body: { ...request.body, source_component_id: request.params.id },
          status: { accepted: 201, unchanged: 200 },
          show: (ids) => readRelationship(ids.relationship_id ?? ''),
        }),
    );

    app.delete(
      '/components/:id/relationships',
      {
        schema: {
          ...common,
          operationId: 'unrelateComponents',
          summary: 'End a relationship to another component',
          description: '204 also when there was none.',
          params: idParams,
          querystring: unrelateQuery,
          response: {
            200: rehearsed,
            202: accepted,
            204: z.undefined().describe('The components are not related so'),
            ...errorResponses(404, 409, 412, 413, 415),
          },
        },
      },
      (request, reply) => {
        const { target_component_id, relationship_type } = request.query;
        return door.answer(request, reply, {
          command: 'unrelate_components',
          body: { source_component_id: request.params.id, target_component_id, relationship_type },
          status: { accepted: 204, unchanged: 204 },
          show: async () => undefined,
        });
      },
    );
  };
