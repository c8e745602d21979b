import type { Report } from './report.ts';
import type { Stand } from './stand.ts';

export interface Bench {
  readonly stand: Stand;
  readonly report: Report;
  /** How often each measure is taken. */
  readonly runs: number;
}

/** One subject of the bench: measures, and adds its rows to the report. */
export type Job = (bench: Bench) => Promise<void>;
