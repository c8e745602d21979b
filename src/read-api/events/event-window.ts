import type { RecordedEvent, SubscriptionMessage } from '../../events/event-store.ts';

export interface WindowLimits {
  readonly events: number;
  /** Of payloads, as JSON. */
  readonly bytes: number;
}

interface Kept {
  readonly event: RecordedEvent;
  readonly bytes: number;
}

/**
 * The newest public events, kept once for all who follow them. It is complete between two
 * positions: whoever has seen everything up to one of these goes on from here without a gap.
 */
export class EventWindow {
  readonly #limits: WindowLimits;
  readonly #kept: Kept[] = [];
  #bytes = 0;
  #from: bigint;
  #to: bigint;

  /** Begins empty, after this position. */
  constructor(start: bigint, limits: WindowLimits) {
    this.#limits = limits;
    this.#from = start;
    this.#to = start;
  }

  /** Everything after this position, up to `to`, is here. */
  get from(): bigint {
    return this.#from;
  }

  get to(): bigint {
    return this.#to;
  }

  /** Takes the next message of the subscription; one that repeats itself changes nothing. */
  add(message: SubscriptionMessage): void {
    const position = message.kind === 'event' ? message.event.position : message.position;
    if (position <= this.#to) return;
    this.#to = position;
    if (message.kind === 'checkpoint') return;
    const { event } = message;
    const bytes = JSON.stringify(event.data).length;
    this.#kept.push({ event, bytes });
    this.#bytes += bytes;
    while (this.#kept.length > this.#limits.events || this.#bytes > this.#limits.bytes) {
      const oldest = this.#kept.shift() as Kept;
      this.#bytes -= oldest.bytes;
      this.#from = oldest.event.position;
    }
  }

  /** The first event after a position that is not before `from`; null when there is none yet. */
  next(position: bigint): RecordedEvent | null {
    let [low, high] = [0, this.#kept.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#kept[middle] as Kept).event.position > position) high = middle;
      else low = middle + 1;
    }
    return this.#kept[low]?.event ?? null;
  }
}
