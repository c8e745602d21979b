import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ImiError } from '../../errors.ts';
import type { RecordedEvent } from '../../events/event-store.ts';
import { clientGone } from '../../http/client-gone.ts';
import { eventStream, frameText } from '../../http/event-stream.ts';
import { errorResponses } from '../../http/schemas/error.ts';
import { position } from '../../http/schemas/fields.ts';
import { shownEvent } from '../../http/schemas/recorded-event.ts';
import type { EventFeed } from '../events/event-feed.ts';
import { type EventFilter, matcherOf } from '../events/event-filter.ts';
import { eventFilterQuery } from './event-reads.ts';

export interface EventStreamRouteOptions {
  readonly feed: EventFeed;
  /** `IMI_EVENT_STREAMS`: clients at once. */
  readonly maxStreams: number;
  readonly heartbeatMs?: number;
}

const retryMs = 2_000;
/** After this a client that does not take its last bytes no longer holds the shutdown. */
const endingMs = 1_000;
const ending = frameText({ event: 'end', data: { reason: 'shutdown' } });

/** `GET /events/stream` (spec/http.md): public events as they are recorded, as server-sent events. */
export const eventStreamRoute =
  ({ feed, maxStreams, heartbeatMs = 15_000 }: EventStreamRouteOptions): FastifyPluginAsyncZod =>
  async (app) => {
    const endings = new Set<() => void>();
    let closing = false;
    // A server closes when its last answer has ended, and these do not end by themselves.
    app.addHook('preClose', async () => {
      closing = true;
      for (const end of endings) end();
    });

    app.get(
      '/events/stream',
      {
        // A HEAD would wait for the end of the body.
        exposeHeadRoute: false,
        config: { endless: true },
        schema: {
          tags: ['history'],
          operationId: 'streamEvents',
          summary: 'Events as they are recorded (server-sent events)',
          description:
            'Each message is one recorded event, its `id` the position. A client that comes back with `Last-Event-ID` goes on where it was, without a gap or a repetition. Without a position the stream begins now. The service says `event: end` when it shuts down.',
          produces: ['text/event-stream'],
          headers: z.looseObject({
            'last-event-id': position.optional().describe('Go on after this position'),
          }),
          querystring: z.strictObject({
            ...eventFilterQuery,
            after: position
              .optional()
              .describe('Begin after this position; `Last-Event-ID` goes before it'),
          }),
          response: { 200: z.string(), ...errorResponses() },
        },
      },
      async ({ headers, query: { after, ...filter } }, reply) => {
        const signal = clientGone(reply);
        const asked = headers['last-event-id'] ?? after;
        const from = asked === undefined ? await feed.now() : BigInt(asked);
        if (closing || signal.aborted) throw new ImiError('UNAVAILABLE', 'iMi is shutting down');
        if (endings.size >= maxStreams) {
          const message = 'All event streams are taken; try again later';
          throw new ImiError('UNAVAILABLE', message, { limit: maxStreams });
        }
        let reached = from?.toString();
        const stream = eventStream({
          first: frameText({ comment: 'live events of iMi', id: reached, retry: retryMs }),
          texts: texts(feed.follow({ after: from, signal }), filter, (position) => {
            reached = position;
          }),
          heartbeatMs,
          heartbeat: () => frameText({ comment: 'heartbeat', id: reached }),
          signal,
        });
        const end = () => {
          stream.end(ending);
          setTimeout(() => reply.raw.destroy(), endingMs).unref();
        };
        endings.add(end);
        signal.addEventListener('abort', () => {
          endings.delete(end);
          stream.body.destroy();
        });
        reply.header('content-type', 'text/event-stream; charset=utf-8');
        reply.header('cache-control', 'no-cache, no-transform');
        // nginx would collect the events before it passes them on.
        reply.header('x-accel-buffering', 'no');
        // Kept alive for nothing, the connection would hold the shutdown.
        reply.header('connection', 'close');
        return reply.send(stream.body as never);
      },
    );
  };

async function* texts(
  messages: ReturnType<EventFeed['follow']>,
  filter: EventFilter,
  onPosition: (position: string) => void,
): AsyncGenerator<string> {
  const matches = matcherOf(filter);
  for await (const message of messages) {
    if (message.kind === 'event' && matches(message.event)) yield textOf(message.event);
    const { position } = message.kind === 'event' ? message.event : message;
    onPosition(position.toString());
  }
}

/** Made once for all who follow; they share the event too. */
const made = new WeakMap<RecordedEvent, string>();

function textOf(event: RecordedEvent): string {
  const known = made.get(event);
  if (known !== undefined) return known;
  const text = frameText({ id: event.position.toString(), data: shownEvent(event) });
  made.set(event, text);
  return text;
}
