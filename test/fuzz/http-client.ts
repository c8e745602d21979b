import { Agent, request } from 'node:http';

export interface HttpCase {
  readonly method: string;
  /** Path and query, encoded. */
  readonly path: string;
  readonly headers: { readonly [name: string]: string | readonly string[] };
  readonly body?: Buffer;
}

export interface HttpAnswer {
  readonly status: number;
  readonly type: string;
  readonly headers: { readonly [name: string]: string | string[] | undefined };
  readonly text: string;
}

const patienceMs = 30_000;

/** Sends requests as they are, however odd, over kept connections. */
export class HttpClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 32 });
  readonly #url: URL;

  constructor(url: string) {
    this.#url = new URL(url);
  }

  /**
   * The answer; of an endless one its head alone. Rejects when there is none within the patience, or
   * the connection is cut before it is whole.
   */
  send({ method, path, headers, body }: HttpCase, endless = false): Promise<HttpAnswer> {
    const { hostname, port } = this.#url;
    return new Promise((resolve, reject) => {
      const sent = request({
        ...{ hostname, port, method, path, agent: this.#agent, timeout: patienceMs },
        headers: { ...headers, ...(body && { 'content-length': String(body.length) }) } as never,
      });
      sent.once('timeout', () => sent.destroy(new Error('no answer')));
      sent.once('error', reject);
      sent.once('response', (response) => {
        const head = {
          status: response.statusCode ?? 0,
          type: String(response.headers['content-type'] ?? '').split(';')[0] ?? '',
          headers: response.headers,
        };
        if (endless && head.status === 200) {
          response.destroy();
          resolve({ ...head, text: '' });
          return;
        }
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => resolve({ ...head, text: Buffer.concat(chunks).toString() }));
      });
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
