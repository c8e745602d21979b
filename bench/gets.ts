import autocannon from 'autocannon';
import type { Driven } from './driven.ts';
import { perSecond } from './stats.ts';

export interface Requested extends Driven {
  /** Answers that were not 2xx, connections that broke, answers that did not come. */
  readonly errors: number;
}

export interface Asking {
  readonly connections: number;
  readonly seconds: number;
  readonly method?: 'GET' | 'PATCH';
  /** What the client of this number asks, over and over. */
  readonly requests: (client: number) => readonly Asked[];
}

export interface Asked {
  readonly path: string;
  readonly body?: object;
}

/** Asks a server on connections that are kept open, each one's next request after its last answer. */
export async function requested(url: string, asking: Asking): Promise<Requested> {
  const { connections, seconds, method = 'GET', requests } = asking;
  const latencies: number[] = [];
  let client = 0;
  const startedAt = performance.now();
  const { promise, resolve, reject } = Promise.withResolvers<autocannon.Result>();
  const options: autocannon.Options = {
    ...{ url, connections, method, duration: seconds },
    setupClient: (each) => {
      const asked = requests(client).map(({ path, body }) => ({
        ...{ method, path },
        ...(body && {
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      }));
      each.setRequests(asked);
      client += 1;
    },
  };
  const run = autocannon(options, (error, result) => (error ? reject(error) : resolve(result)));
  run.on('response', (_client, _status, _bytes, responseMs) => latencies.push(responseMs));
  const { errors, non2xx } = await promise;
  return {
    perSecond: perSecond(latencies.length, performance.now() - startedAt),
    latencies,
    errors: errors + non2xx,
  };
}
