import { randomUUID } from 'node:crypto';

export interface GitStateOf {
  readonly work_item_id: string;
  readonly ahead_of_trunk: number;
}

/** Git states for work items in turn; each differs from the one before, so each is an event. */
export class GitStates {
  readonly items: readonly string[];
  #asked = 0;

  constructor(items: readonly string[]) {
    this.items = items;
  }

  /** Of so many work items that nobody knows yet. */
  static ofNew(count: number): GitStates {
    return new GitStates(Array.from({ length: count }, () => randomUUID()));
  }

  /** How many were asked for. */
  get asked(): number {
    return this.#asked;
  }

  next(): GitStateOf {
    const { length } = this.items;
    const index = this.#asked;
    this.#asked += 1;
    return {
      work_item_id: this.items[index % length] ?? '',
      ahead_of_trunk: 1 + Math.floor(index / length),
    };
  }
}
