/** Maps a value to a place between `from` and `to`. */
export type Scale = (value: number) => number;

/** From 0 to `max`. */
export const linear =
  (max: number, from: number, to: number): Scale =>
  (value) =>
    from + (max > 0 ? value / max : 0) * (to - from);

/** Equal distances for equal ratios, from `min` to `max`, both above 0. */
export function logarithmic(min: number, max: number, from: number, to: number): Scale {
  const span = Math.log(max / min);
  return (value) => from + (span > 0 ? Math.log(value / min) / span : 0.5) * (to - from);
}

/** The powers of ten that enclose all values: the least and the most of a logarithmic axis. */
export function decades(values: readonly number[]): { readonly min: number; readonly max: number } {
  const min = 10 ** Math.floor(Math.log10(Math.min(...values)));
  const max = 10 ** Math.ceil(Math.log10(Math.max(...values)));
  return { min, max: max > min ? max : min * 10 };
}

/** The powers of ten from `min` to `max`. */
export const ticks = ({ min, max }: { readonly min: number; readonly max: number }): number[] =>
  Array.from({ length: Math.round(Math.log10(max / min)) + 1 }, (_, power) => min * 10 ** power);
