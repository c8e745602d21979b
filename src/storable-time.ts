/**
 * Whether every store can hold a time: RFC 3339 allows the year 0, PostgreSQL does not, and years
 * beyond 9999 have no form in it. False for a date that is none.
 */
export function isStorableTime(time: Date): boolean {
  const year = time.getUTCFullYear();
  return year > 0 && year < 10_000;
}
