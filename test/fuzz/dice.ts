import { randomFrom } from '../support/random.ts';

/** Choices that follow from a seed. */
export class Dice {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = randomFrom(seed);
  }

  /** A whole number from 0 to n - 1. */
  below(n: number): number {
    return Math.floor(this.#next() * n);
  }

  chance(probability: number): boolean {
    return this.#next() < probability;
  }

  pick<T>(things: readonly T[]): T {
    if (things.length === 0) throw new Error('Nothing to pick from');
    return things[this.below(things.length)] as T;
  }
}
