const UNIT_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** More than a timer can wait for; no caller means to be cut off after weeks. */
const LONGEST_MS = 2 ** 31 - 1;

/** Milliseconds of a `grpc-timeout` header; null when there is none that could be kept. */
export function timeoutMs(header: string | undefined): number | null {
  const [, digits, unit] = /^(\d{1,8})([HMSmun])$/.exec(header ?? '') ?? [];
  if (digits === undefined || unit === undefined) return null;
  const ms = Number(digits) * (UNIT_MS[unit] as number);
  return ms > LONGEST_MS ? null : ms;
}
