import { sql } from 'kysely';
import { projectorName } from './checkpoint.ts';
import { type Generation, tableOf } from './generation.ts';
import { type Lag, SourceLag, type SourceLagOptions } from './source-lag.ts';

export interface ProjectionStatus extends Lag {
  readonly name: string;
  /** How far the read models have come; null before the first event. */
  readonly position: bigint | null;
  readonly parked_streams: number;
  readonly parked_events: number;
  /** When the checkpoint was last moved. */
  readonly updated_at: string;
}

type StatusRow = Omit<ProjectionStatus, 'name' | keyof Lag>;

export interface StatusOptions extends Generation, SourceLagOptions {}

/** Tells how far a projection is behind its source. One instance per process, asked regularly. */
export class ProjectionStatusReader {
  readonly #generation: Generation;
  readonly #lag: SourceLag;

  constructor(options: StatusOptions) {
    this.#generation = options;
    this.#lag = new SourceLag(options);
  }

  /** Throws when the store or the database is away. */
  async read(): Promise<ProjectionStatus> {
    const { position, head, gap, lag_seconds, ...rest } = await this.#lag.measure(() =>
      this.#readRow(),
    );
    return { name: projectorName, position, head, gap, lag_seconds, ...rest };
  }

  async #readRow(): Promise<StatusRow> {
    const { db, schema } = this.#generation;
    const { rows } = await sql<StatusRow>`
      SELECT position, updated_at, parked_streams, parked_events
      FROM ${tableOf(schema, 'checkpoint')}, (
        SELECT count(DISTINCT stream_id)::int AS parked_streams, count(*)::int AS parked_events
        FROM ${tableOf(schema, 'parked_events')}
      ) AS parked
      WHERE name = ${projectorName}`.execute(db);
    const [row] = rows;
    if (row === undefined) throw new Error(`There is no checkpoint in ${schema}`);
    return row;
  }
}
