import { Client } from 'pg';
import { positionChannel } from '../src/projections/checkpoint.ts';
import { liveSchema } from '../src/projections/tables.ts';

/** Looks into the read models as a reader beside iMi does. */
export class ReadModels {
  readonly #client: Client;
  /** When which position was seen to be committed, in order. */
  readonly #commits: { readonly position: bigint; readonly at: number }[] = [];

  private constructor(client: Client) {
    this.#client = client;
  }

  static async connect(url: string): Promise<ReadModels> {
    const client = new Client({ connectionString: url });
    await client.connect();
    const readModels = new ReadModels(client);
    client.on('notification', ({ payload }) => {
      const position = BigInt(payload ?? 0);
      readModels.#commits.push({ position, at: performance.now() });
    });
    await client.query(`LISTEN ${client.escapeIdentifier(positionChannel(liveSchema))}`);
    return readModels;
  }

  /** Work items of a project that are this far ahead. */
  async ahead(projectId: string, count: number): Promise<number> {
    const { rows } = await this.#client.query(
      `SELECT count(*)::int AS n FROM ${liveSchema}.work_items WHERE project_id = $1 AND ahead_of_trunk >= $2`,
      [projectId, count],
    );
    return rows[0].n;
  }

  /** When the first commit at or after a position was heard of; undefined while there is none. */
  visibleAt(position: bigint): number | undefined {
    let [low, high] = [0, this.#commits.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#commits[middle]?.position ?? 0n) < position) low = middle + 1;
      else high = middle;
    }
    return this.#commits[low]?.at;
  }

  close(): Promise<void> {
    return this.#client.end();
  }
}
