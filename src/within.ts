/** The time limit of `within` is over. */
export class LateError extends Error {
  override readonly name = 'LateError';
}

/**
 * What `work` answers, if it does within the time limit; else a `LateError`. The work itself
 * goes on: what it answers, or throws, later is nobody's business any more.
 */
export async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new LateError(`No answer within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * What `work` answers; once the signal is aborted, only if it does so within the time limit from
 * then on: else a `LateError`. The work itself goes on, as with `within`.
 */
export async function withinOnceAborted<T>(
  signal: AbortSignal,
  limitMs: number,
  work: Promise<T>,
): Promise<T> {
  const aborted = Promise.withResolvers<void>();
  const onAbort = () => aborted.resolve();
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise.then(() => within(limitMs, work))]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
