import { withAppend } from './around-append.ts';
import { type EventStore, StoreUnavailableError, WrongRevisionError } from './event-store.ts';

/** `conflict`: the stream was elsewhere. `unavailable`: away, or the outcome is unknown. */
export type AppendOutcome = 'written' | 'conflict' | 'unavailable' | 'failed';

/** The same store, telling how each append went and how long it took, retries included. */
export function meteredAppend(
  store: EventStore,
  onAppended: (outcome: AppendOutcome, seconds: number) => void,
): EventStore {
  return withAppend(store, async (...args) => {
    const start = performance.now();
    const tell = (outcome: AppendOutcome): void =>
      onAppended(outcome, (performance.now() - start) / 1000);
    try {
      const result = await store.append(...args);
      tell('written');
      return result;
    } catch (error) {
      tell(outcomeOf(error));
      throw error;
    }
  });
}

function outcomeOf(error: unknown): AppendOutcome {
  if (error instanceof WrongRevisionError) return 'conflict';
  return error instanceof StoreUnavailableError ? 'unavailable' : 'failed';
}
