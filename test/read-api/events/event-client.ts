import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { type SentEvent, sentEvents } from '../../../src/cli/server-sent-events.ts';

export interface EventClient {
  readonly response: Response;
  /** The next frames that carry data or, when asked for, those that do not. */
  take(count: number, kind?: 'data' | 'any'): Promise<SentEvent[]>;
  /** Everything until the stream ends. */
  rest(): Promise<SentEvent[]>;
  leave(): void;
}

/** Connects to the live events of a server that listens. */
export async function eventClient(
  app: FastifyInstance,
  query = '',
  headers: Record<string, string> = {},
): Promise<EventClient> {
  const { port } = app.addresses()[0] as AddressInfo;
  const gone = new AbortController();
  const url = `http://127.0.0.1:${port}/api/v1/events/stream${query}`;
  const response = await fetch(url, { headers, signal: gone.signal });
  const frames = response.body && sentEvents(response.body);
  const next = async (kind: 'data' | 'any'): Promise<SentEvent | null> => {
    for (;;) {
      const { value, done } = (await frames?.next()) ?? { done: true, value: undefined };
      if (done || value === undefined) return null;
      if (kind === 'any' || value.data !== null) return value;
    }
  };
  const take = async (count: number, kind: 'data' | 'any' = 'data') => {
    const taken: SentEvent[] = [];
    while (taken.length < count) {
      const frame = await next(kind);
      if (frame === null) break;
      taken.push(frame);
    }
    return taken;
  };
  return { response, take, rest: () => take(Number.MAX_SAFE_INTEGER), leave: () => gone.abort() };
}
