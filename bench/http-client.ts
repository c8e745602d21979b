import { Agent, request } from 'node:http';

/** Up to 50 connections to iMi that are kept open. */
export class HttpClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 50 });
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Resolves when the answer was read to its end; rejects any status but 200 and 201. */
  send(
    method: string,
    path: string,
    body = '',
    headers: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const length = Buffer.byteLength(body);
      const sent = request(`${this.#url}${path}`, {
        method,
        agent: this.#agent,
        headers: { 'content-type': 'application/json', 'content-length': length, ...headers },
      });
      sent.once('error', reject);
      sent.once('response', (response) => {
        response.resume();
        // 202 would say that the read model was not waited for.
        if (response.statusCode === 200 || response.statusCode === 201)
          response.once('end', resolve);
        else reject(new Error(`${method} ${path} answered ${response.statusCode}`));
      });
      sent.end(body);
    });
  }

  get(path: string): Promise<void> {
    return this.send('GET', path);
  }

  close(): void {
    this.#agent.destroy();
  }
}
