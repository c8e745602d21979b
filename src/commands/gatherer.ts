export interface GathererOptions<Item, Result> {
  /** Takes what was gathered for one key; what it answers or throws goes to all who had a part in it. */
  readonly handle: (items: readonly Item[]) => Promise<Result>;
  /** How long a key that was just handled gathers what comes next. */
  readonly lingerMs: number;
  /** With so many waiting, under all keys together, nobody waits any longer. */
  readonly maxWaiting: number;
}

interface Lane<Item, Result> {
  waiting: Item[];
  result: PromiseWithResolvers<Result> | null;
  timer: NodeJS.Timeout;
}

/**
 * Makes few batches of many small things: the first of a key is handled at once, those that follow
 * within `lingerMs` together. Whoever adds something hears what became of it.
 */
export class Gatherer<Item, Result> {
  readonly #options: GathererOptions<Item, Result>;
  readonly #lanes = new Map<string, Lane<Item, Result>>();
  #waiting = 0;

  constructor(options: GathererOptions<Item, Result>) {
    this.#options = options;
  }

  add(key: string, item: Item): Promise<Result> {
    const lane = this.#lanes.get(key);
    if (lane === undefined) {
      this.#lanes.set(key, { waiting: [], result: null, timer: this.#later(key) });
      return this.#options.handle([item]);
    }
    lane.waiting.push(item);
    lane.result ??= Promise.withResolvers();
    const { promise } = lane.result;
    this.#waiting += 1;
    if (this.#waiting >= this.#options.maxWaiting) {
      for (const each of this.#lanes.keys()) this.#flush(each);
    }
    return promise;
  }

  /** Hands over what has gathered; a key for which nothing has is forgotten. */
  #flush(key: string): void {
    const lane = this.#lanes.get(key);
    if (lane === undefined) return;
    clearTimeout(lane.timer);
    const { waiting, result } = lane;
    if (result === null) {
      this.#lanes.delete(key);
      return;
    }
    this.#waiting -= waiting.length;
    this.#lanes.set(key, { waiting: [], result: null, timer: this.#later(key) });
    this.#options.handle(waiting).then(result.resolve, result.reject);
  }

  #later(key: string): NodeJS.Timeout {
    return setTimeout(() => this.#flush(key), this.#options.lingerMs);
  }
}
