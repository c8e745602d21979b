import pg from 'pg';

const codes = new Set([
  '0A000', // feature_not_supported: "cached plan must not change result type"
  '26000', // invalid_sql_statement_name
  '42P05', // duplicate_prepared_statement
]);

/**
 * Whether an error says that a connection does not hold a prepared statement, or holds it for tables
 * that have changed since: on another connection it may be prepared again.
 */
export const isOutdated = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && codes.has(String(error.code));
