export interface BatchLimits {
  /** Items in one batch, at most. */
  readonly maxBatch: number;
  /** Items from which on the source is not asked for more until there is room again. */
  readonly capacity: number;
  /**
   * Least time from one batch to the next, for as long as that is not full: a little later costs a
   * fraction where each batch has a price of its own. Default none.
   */
  readonly gatherMs?: number;
}

export interface BatchOptions extends BatchLimits {
  /** Asked with each item: whether what is there is to be handed out without gathering more. */
  readonly isAwaited?: (() => boolean) | undefined;
}

/**
 * Cuts what a source brings, in pieces of any size, into batches of whatever has come while the
 * consumer worked on the batch before: one item when it is quiet, at once; `maxBatch` when there is a
 * lot to catch up with.
 * Ends, or throws the source's error, after everything before it was handed out. A consumer that
 * leaves early has to end the source itself: its pending `next()` cannot be called off from here.
 */
export async function* batchesOf<T>(
  source: AsyncIterable<readonly T[]>,
  { maxBatch, capacity, gatherMs = 0, isAwaited = () => false }: BatchOptions,
): AsyncGenerator<readonly T[]> {
  const queue: T[] = [];
  const consumer = new Bell();
  const producer = new Bell();
  let left = false;
  let handedAt = Number.NEGATIVE_INFINITY;
  const pump = (async () => {
    try {
      for await (const items of source) {
        queue.push(...items);
        consumer.ring();
        while (queue.length >= capacity && !left) await producer.rung();
        if (left) return;
      }
    } finally {
      left = true;
      consumer.ring();
    }
  })();
  // Thrown on to the consumer below, in its turn; until then it is not "unhandled".
  pump.catch(() => {});
  const gathered = async () => {
    const early = handedAt + gatherMs - performance.now();
    let isDue = early <= 0;
    if (isDue) return;
    const timer = setTimeout(() => {
      isDue = true;
      consumer.ring();
    }, early);
    while (!isDue && !left && queue.length < maxBatch && !isAwaited()) await consumer.rung();
    clearTimeout(timer);
  };
  try {
    for (;;) {
      if (queue.length > 0) {
        await gathered();
        handedAt = performance.now();
        const batch = queue.splice(0, maxBatch);
        producer.ring();
        yield batch;
      } else if (left) {
        await pump;
        return;
      } else {
        await consumer.rung();
      }
    }
  } finally {
    left = true;
    producer.ring();
  }
}

/** Wakes the one who waits. A ring while nobody waits is lost: check the condition, then wait. */
class Bell {
  #wake: () => void = () => {};

  ring(): void {
    this.#wake();
  }

  rung(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
