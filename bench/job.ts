import type { Report } from './report.ts';
import type { Stand } from './stand.ts';

export interface Bench {
  readonly stand: Stand;
  readonly report: Report;
  /** How often each measure is taken. */
  readonly runs: number;
  /** Whether the sizes that take many minutes are asked for too. */
  readonly largest: boolean;
  /** How long a steady load goes on. */
  readonly minutes: number;
}

/** One subject of the bench: measures, and adds its rows to the report. */
export type Job = (bench: Bench) => Promise<void>;
