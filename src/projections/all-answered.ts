/**
 * Returns when all statements of a transaction that were given at once are answered. Throws the error
 * of the first in their order: those behind it say no more than that the transaction is aborted.
 */
export async function allAnswered(statements: readonly Promise<unknown>[]): Promise<void> {
  const answers = await Promise.allSettled(statements);
  const failed = answers.find((answer) => answer.status === 'rejected');
  if (failed) throw failed.reason;
}
