import { randomUUID } from 'node:crypto';
import { HttpClient } from './http-client.ts';
import type { Work } from './work.ts';

/** Writes over HTTP. */
export class HttpWrites {
  readonly #client: HttpClient;
  readonly #work: Work;

  constructor(url: string, work: Work) {
    this.#client = new HttpClient(url);
    this.#work = work;
  }

  /** The next git state of the next work item. */
  updateGitState(headers: Readonly<Record<string, string>> = {}): Promise<void> {
    const { work_item_id, ahead_of_trunk } = this.#work.states.next();
    const path = `/api/v1/work/${work_item_id}/git-state`;
    return this.#client.send('PATCH', path, JSON.stringify({ ahead: ahead_of_trunk }), headers);
  }

  startWork(): Promise<void> {
    const body = {
      project_id: this.#work.projectId,
      branch_name: `bench/${randomUUID()}`,
      work_type: 'feature',
      owner_id: 'ada',
    };
    return this.#client.send('POST', '/api/v1/work', JSON.stringify(body));
  }

  close(): void {
    this.#client.close();
  }
}
