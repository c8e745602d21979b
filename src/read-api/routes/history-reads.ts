import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ImiError } from '../../errors.ts';
import type { EventStore } from '../../events/event-store.ts';
import { errorResponses } from '../../http/schemas/error.ts';
import { queryInteger, queryText, uuid } from '../../http/schemas/fields.ts';
import { recordedEvent, shownEvent } from '../../http/schemas/recorded-event.ts';
import { invalidRequest } from '../../http/validation.ts';
import { readHistory } from '../queries/history.ts';

export interface HistoryReadOptions {
  readonly store: Pick<EventStore, 'readStream'>;
}

/** Each kind of entity is the first part of its streams' names (spec/domain.md). */
const entities = ['project', 'work_item', 'component', 'ticket'] as const;

/** `GET /history/{entity}/{id}` (spec/http.md): read from the event store, so it is never behind. */
export const historyReads =
  ({ store }: HistoryReadOptions): FastifyPluginAsyncZod =>
  async (app) => {
    app.get(
      '/history/:entity/:id',
      {
        schema: {
          tags: ['history'],
          operationId: 'getHistory',
          summary: 'The recorded events of an entity, oldest first',
          params: z.object({
            entity: z.enum(entities),
            id: queryText(100).describe('A UUID, or the key of a ticket'),
          }),
          querystring: z.strictObject({
            from_revision: queryInteger(0, 2_147_483_647)
              .default(0)
              .describe('`next_revision` of the page before'),
            limit: queryInteger(1, 500).default(100),
          }),
          response: {
            200: z.object({
              entity: z.enum(entities),
              id: z.string(),
              items: z.array(recordedEvent),
              next_revision: z.int().nullable(),
            }),
            ...errorResponses(404),
          },
        },
      },
      async ({ params, query: { from_revision, limit } }) => {
        const { entity } = params;
        const id = idOf(params);
        const { events, next } = await readHistory(store, `${entity}-${id}`, from_revision, limit);
        if (events.length === 0 && from_revision === 0) {
          throw new ImiError('NOT_FOUND', 'Nothing was recorded of this entity', { entity, id });
        }
        return { entity, id, items: events.map(shownEvent), next_revision: next };
      },
    );
  };

/** As it stands in the names of streams. Tickets go by keys; all else by UUIDs in lower case. */
function idOf({ entity, id }: { entity: (typeof entities)[number]; id: string }): string {
  const parsed = uuid.safeParse(id);
  if (parsed.success) return parsed.data;
  if (entity === 'ticket') return id;
  throw invalidRequest([{ location: 'params', path: 'id', message: 'must be a UUID' }]);
}
