import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ImiError } from '../../errors.ts';
import type { EventStore, RecordedEvent } from '../../events/event-store.ts';
import { errorResponses } from '../../http/schemas/error.ts';
import { queryInteger, uuid } from '../../http/schemas/fields.ts';
import { readHistory } from '../queries/history.ts';

export interface HistoryReadOptions {
  readonly store: Pick<EventStore, 'readStream'>;
}

const recordedEvent = z
  .object({
    event_id: uuid,
    type: z.string(),
    revision: z.int().describe('Place in the history of the entity'),
    position: z.string().describe('Place in the history of everything'),
    occurred_at: z.string(),
    data: z.record(z.string(), z.unknown()),
    metadata: z.record(z.string(), z.unknown()).describe('Who asked, by which command, and why'),
  })
  .meta({ id: 'RecordedEvent', description: 'Something that happened' });

/** Each kind of entity is the first part of its streams' names (spec/domain.md). */
const entities = ['project', 'work_item'] as const;

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
          params: z.object({ entity: z.enum(entities), id: uuid }),
          querystring: z.strictObject({
            from_revision: queryInteger(0, 2_147_483_647)
              .default(0)
              .describe('`next_revision` of the page before'),
            limit: queryInteger(1, 500).default(100),
          }),
          response: {
            200: z.object({
              entity: z.enum(entities),
              id: uuid,
              items: z.array(recordedEvent),
              next_revision: z.int().nullable(),
            }),
            ...errorResponses(404),
          },
        },
      },
      async ({ params: { entity, id }, query: { from_revision, limit } }) => {
        const { events, next } = await readHistory(store, `${entity}-${id}`, from_revision, limit);
        if (events.length === 0 && from_revision === 0) {
          throw new ImiError('NOT_FOUND', 'Nothing was recorded of this entity', { entity, id });
        }
        return { entity, id, items: events.map(shown), next_revision: next };
      },
    );
  };

const shown = (event: RecordedEvent): z.infer<typeof recordedEvent> => ({
  event_id: event.id,
  type: event.type,
  revision: event.revision,
  position: event.position.toString(),
  occurred_at: event.metadata.occurred_at,
  data: event.data,
  metadata: { ...event.metadata },
});
