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
const entities = ['project', 'work_item', 'component', 'ticket', 'deploy', 'untracked'] as const;

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
            id: queryText(200).describe('A UUID, the key of a ticket, or the name of a deploy'),
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

/** Entities that others name; all else goes by UUIDs. */
const named: readonly string[] = ['ticket', 'deploy'];

/** As it stands in the names of streams, UUIDs in lower case. */
function idOf({ entity, id }: { entity: (typeof entities)[number]; id: string }): string {
  const parsed = uuid.safeParse(id);
  if (parsed.success) return parsed.data;
  if (named.includes(entity)) return id;
  throw invalidRequest([{ location: 'params', path: 'id', message: 'must be a UUID' }]);
}
