/** SQLSTATEs with which a server says that it cannot work now, and classes of the same meaning. */
const awayStates = new Set([
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now: starting, stopping, recovering
  '57P05', // idle_session_timeout
  '25P03', // idle_in_transaction_session_timeout
  '25006', // read_only_sql_transaction: connected to a standby after a failover
  '40001', // serialization_failure: a replica had to change what was being read
  '57014', // query_canceled: statement_timeout
  '55P03', // lock_not_available: lock_timeout
]);
const awayClasses = new Set([
  '08', // connection exception
  '53', // insufficient resources: disk full, out of memory, too many connections
  '58', // system error: I/O
]);
const awayCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** node-pg has no code for what it notices itself, only these texts. */
const awayMessages =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after|Connection ended unexpectedly)/i;

/**
 * Whether an error says that the database is away, starting, overloaded or was cut off (the pool
 * exhausted included), so that the same work may be tried again later; false when it says that the
 * work itself is wrong. What a transaction did before such an error is unknown when it came from
 * COMMIT, else undone.
 */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway);
  if (!(error instanceof Error)) return false;
  const { code } = error as Error & { code?: unknown };
  if (typeof code === 'string') {
    if (awayCodes.has(code) || awayStates.has(code)) return true;
    if (/^[0-9A-Z]{5}$/.test(code)) return awayClasses.has(code.slice(0, 2));
  }
  return awayMessages.test(error.message);
}

/**
 * Whether the database refused the values themselves (class 22 data exception, 23 integrity
 * constraint, 54 program limit): trying again cannot help, and no other row is at fault.
 */
export function isDataRefused(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^(22|23|54)[0-9A-Z]{3}$/.test(code);
}
