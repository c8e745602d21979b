import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { Slots } from '../../events/slots.ts';
import { clientGone } from '../../http/client-gone.ts';
import { errorResponses } from '../../http/schemas/error.ts';
import { position, queryInteger, queryText, time, uuid } from '../../http/schemas/fields.ts';
import { recordedEvent, shownEvent } from '../../http/schemas/recorded-event.ts';
import { invalidRequest } from '../../http/validation.ts';
import { readEventPage } from '../events/event-pages.ts';
import type { AuditedStore } from '../events/event-sources.ts';

export interface EventReadOptions {
  readonly store: AuditedStore;
  /** Events that one request may look at. */
  readonly maxSearched?: number;
}

/** Searches at once; the others wait, so that auditors leave the store to the service. */
const searchesAtOnce = 4;
const maxMs = 2_000;

/** Query fields that narrow events, live or recorded. */
export const eventFilterQuery = {
  type: queryText(200)
    .optional()
    .describe('Type of the event, or its beginning and `*`: `imi.work.*`'),
  project_id: uuid.optional().describe('Only events of this project'),
};

const query = z.strictObject({
  ...eventFilterQuery,
  stream: queryText(300)
    .optional()
    .describe('`{entity}-{id}`, or its beginning and `*`: `work_item-*`'),
  correlation_id: queryText(255).optional(),
  command_id: queryText(255).optional(),
  actor: queryText(200).optional().describe('Who asked: name of an API key, agent or producer'),
  since: time.optional().describe('Occurred at or after this time'),
  until: time.optional().describe('Occurred at or before this time'),
  after: position.optional().describe('Only what was recorded after this position'),
  before: position.optional().describe('Only what was recorded before this position'),
  order: z.enum(['newest', 'oldest']).default('newest').describe('Which come first'),
  limit: queryInteger(1, 500).default(50),
});

/** `GET /events` (spec/http.md): recorded events across all entities, for auditors. */
export const eventReads =
  ({ store, maxSearched = 10_000 }: EventReadOptions): FastifyPluginAsyncZod =>
  async (app) => {
    const searches = new Slots(searchesAtOnce);
    app.get(
      '/events',
      {
        schema: {
          tags: ['history'],
          operationId: 'listEvents',
          summary: 'Recorded events of all entities, with who and why',
          description:
            'Read from the event store. A request looks at a limited number of events; when `next` is not null there is more to look at, even if few items, or none, were found.',
          querystring: query,
          response: {
            200: z.object({
              items: z.array(recordedEvent),
              order: query.shape.order,
              next: z
                .string()
                .nullable()
                .describe('`before` (newest first) or `after` (oldest first) of the next page'),
              searched_to: z
                .string()
                .nullable()
                .describe('Up to this position everything was looked at'),
            }),
            ...errorResponses(),
          },
        },
      },
      async ({ query: { order, limit, after, before, ...filter } }, reply) => {
        const [lower, upper] = [bigintOf(after), bigintOf(before)];
        if (lower !== null && upper !== null && lower >= upper) {
          const message = 'must be beyond after';
          throw invalidRequest([{ location: 'query', path: 'before', message }]);
        }
        const forwards = order === 'oldest';
        const page = await searches.run(clientGone(reply), () =>
          readEventPage(store, {
            filter,
            direction: forwards ? 'forwards' : 'backwards',
            from: forwards ? lower : upper,
            until: forwards ? upper : lower,
            ...{ limit, maxSearched, maxMs },
          }),
        );
        const searched_to = page.searchedTo?.toString() ?? null;
        return {
          items: page.events.map(shownEvent),
          order,
          next: page.exhausted ? null : searched_to,
          searched_to,
        };
      },
    );
  };

const bigintOf = (text: string | undefined): bigint | null =>
  text === undefined ? null : BigInt(text);
