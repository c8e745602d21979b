import { percentiles, type Spread, spreadOf } from './stats.ts';

/** One figure of a row, as it is written and drawn. */
export interface Quantity {
  readonly value: Spread;
  /** Per second, `ms` or `MB`. */
  readonly unit: string;
  /** What tells it from the other figures of its row: `p99`. */
  readonly label?: string;
}

export const rate = (values: readonly number[], unit = 'commands/s'): Quantity => ({
  value: spreadOf(values),
  unit,
});

export const milliseconds = (values: readonly number[]): Quantity => ({
  value: spreadOf(values),
  unit: 'ms',
});

export const megabytes = (values: readonly number[]): Quantity => ({
  value: spreadOf(values),
  unit: 'MB',
});

/** One percentile of each run's latencies. */
export const percentile = (runs: readonly (readonly number[])[], part: 50 | 95 | 99): Quantity => ({
  value: percentiles(runs, part / 100),
  unit: 'ms',
  label: `p${part}`,
});

/** p50 and another percentile of each run's latencies. */
export const latency = (runs: readonly (readonly number[])[], high: 95 | 99 = 99): Quantity[] => [
  percentile(runs, 50),
  percentile(runs, high),
];

/** How much of the limit it is: `52 %`. */
export const share = (value: Quantity, limit: Quantity): string =>
  `${Math.round((100 * value.value.median) / limit.value.median)} %`;

/** How many times the peer it is: `3.1 ×`. */
export const times = (value: Quantity, peer: Quantity): string =>
  `${(value.value.median / peer.value.median).toFixed(1)} ×`;

/** `p99 8.0 (7.5–9.1) ms`: the median and, of several runs, the least and the most. */
export function written({ value, unit, label }: Quantity): string {
  const [median, min, max] = [value.median, value.min, value.max].map(number);
  const spread = min === max ? '' : ` (${min}–${max})`;
  return `${label ? `${label} ` : ''}${median}${spread} ${unit}`;
}

const number = (value: number): string =>
  value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en');
