import { decodeEvent, type ImiEvent } from '../events/catalogue.ts';
import type { RecordedEvent, SubscriptionMessage } from '../events/event-store.ts';

/** An event on its way into the read models: decoded, or with the reason why it cannot be. */
export type IncomingEvent = { readonly recorded: RecordedEvent } & (
  | { readonly event: ImiEvent; readonly error: null }
  | { readonly event: null; readonly error: Error }
);

/** What one transaction folds, and where the checkpoint stands afterwards. */
export interface Batch {
  /** Oldest first. */
  readonly events: readonly IncomingEvent[];
  readonly position: bigint;
}

export function decodeIncoming(recorded: RecordedEvent): IncomingEvent {
  try {
    const event = decodeEvent(recorded);
    // Not what it was decoded from: a batch that waits would hold everything twice.
    return { recorded: event, event, error: null };
  } catch (error) {
    return refused(recorded, error);
  }
}

export const refused = (recorded: RecordedEvent, error: unknown): IncomingEvent => ({
  recorded,
  event: null,
  error: error instanceof Error ? error : new Error(String(error)),
});

/** A subscription's message with its event decoded. */
export type Incoming =
  | { readonly kind: 'event'; readonly event: IncomingEvent }
  | { readonly kind: 'checkpoint'; readonly position: bigint };

const incomingOf = (message: SubscriptionMessage): Incoming =>
  message.kind === 'event' ? { kind: 'event', event: decodeIncoming(message.event) } : message;

/** What a subscription brings, decoded; what comes together stays together. */
export async function* decoded(
  source: AsyncIterable<readonly SubscriptionMessage[]>,
): AsyncGenerator<readonly Incoming[]> {
  for await (const messages of source) yield messages.map(incomingOf);
}

export const positionOf = (message: Incoming): bigint =>
  message.kind === 'event' ? message.event.recorded.position : message.position;

/**
 * Makes one batch of what came after `after`; null when that is nothing. What lies at or before
 * was folded already: a subscription may repeat itself, a row may not.
 */
export function batchOf(messages: readonly Incoming[], after: bigint | null): Batch | null {
  const events: IncomingEvent[] = [];
  let position = after;
  for (const message of messages) {
    const at = positionOf(message);
    if (position !== null && at <= position) continue;
    if (message.kind === 'event') events.push(message.event);
    position = at;
  }
  return position === null || position === after ? null : { events, position };
}
