import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import type { Work } from './work.ts';

/** Writes over HTTP, on connections that are kept open. */
export class HttpWrites {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 50 });
  readonly #url: string;
  readonly #work: Work;

  constructor(url: string, work: Work) {
    this.#url = url;
    this.#work = work;
  }

  /** The next git state of the next work item. */
  updateGitState(headers: Readonly<Record<string, string>> = {}): Promise<void> {
    const { work_item_id, ahead_of_trunk } = this.#work.states.next();
    const path = `/api/v1/work/${work_item_id}/git-state`;
    return this.#send('PATCH', path, { ahead: ahead_of_trunk }, headers);
  }

  startWork(): Promise<void> {
    return this.#send('POST', '/api/v1/work', {
      project_id: this.#work.projectId,
      branch_name: `bench/${randomUUID()}`,
      work_type: 'feature',
      owner_id: 'ada',
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(method: string, path: string, body: object, headers = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      const text = JSON.stringify(body);
      const length = Buffer.byteLength(text);
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
      sent.end(text);
    });
  }
}
