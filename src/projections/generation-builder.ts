import { sql } from 'kysely';
import { isDataRefused } from './database-away.ts';
import { Folding } from './folding.ts';
import type { Generation } from './generation.ts';
import type { Batch } from './incoming.ts';
import { commitBatch, foldOver, projectBatch } from './project-batch.ts';

/** A batch on its way into the database. */
interface Writing {
  readonly from: bigint | null;
  readonly batch: Batch;
  readonly done: Promise<unknown>;
}

/**
 * Projects batches into a generation that nobody else writes to, folding each while the one before
 * is being written. Rows and checkpoint are one transaction as always, but none waits for the disk:
 * a crash may take the last of them back, whole and in order, and the build goes on from there. The
 * commit that puts the generation in its place waits, and with it everything before.
 */
export class GenerationBuilder {
  readonly #building: Generation;
  readonly #onWritten: (batch: Batch) => void;
  #position: bigint | null;
  #folding = new Folding();
  #writing: Writing | null = null;

  /** `position` is where the generation stands; `onWritten` hears of each batch that is committed. */
  constructor(building: Generation, position: bigint | null, onWritten: (batch: Batch) => void) {
    this.#building = building;
    this.#position = position;
    this.#onWritten = onWritten;
  }

  /** Takes the next batch; returns when the one before it is written. Throws as `projectBatch`. */
  async project(batch: Batch): Promise<void> {
    let folded = await foldOver(this.#building, this.#folding, batch);
    if ((await this.#written()) === 'otherwise') {
      folded = await foldOver(this.#building, this.#folding, batch);
    }
    const from = this.#position;
    const done = commitBatch(this.#building, from, batch, async (trx) => {
      await sql`SET LOCAL synchronous_commit TO off`.execute(trx);
      return folded;
    });
    // Heard of when the next one comes; until then it is not "unhandled".
    done.catch(() => {});
    this.#writing = { from, batch, done };
    this.#position = batch.position;
  }

  /** Returns when everything is written. Throws as `projectBatch`. */
  async finish(): Promise<void> {
    await this.#written();
  }

  /** Returns when nothing is being written any more, after a failure or before its time. */
  async stop(): Promise<void> {
    await this.#writing?.done.catch(() => undefined);
  }

  /** `otherwise`: with other rows than were folded, since the database has refused one of them. */
  async #written(): Promise<'as folded' | 'otherwise'> {
    const writing = this.#writing;
    this.#writing = null;
    if (writing === null) return 'as folded';
    const { from, batch, done } = writing;
    const outcome = await done.then(
      () => 'as folded' as const,
      async (error) => {
        if (!isDataRefused(error)) throw error;
        await projectBatch(this.#building, from, batch);
        this.#folding = new Folding();
        return 'otherwise' as const;
      },
    );
    this.#onWritten(batch);
    return outcome;
  }
}
