import type { Dice } from './dice.ts';

const maxKept = 200;
const telling = /_id$|_hash$|^hash$|^remote_origin$|^branch_name$|^pr_number$|^position$/;

/** What the service has answered so far, by name, so that later cases speak of what there is. */
export class Pool {
  readonly #values = new Map<string, (string | number)[]>();

  add(name: string, value: string | number): void {
    const values = this.#values.get(name) ?? [];
    if (values.includes(value)) return;
    values.push(value);
    if (values.length > maxKept) values.shift();
    this.#values.set(name, values);
  }

  /** Takes whatever names something out of an answer. */
  learn(answer: unknown): void {
    if (answer === null || typeof answer !== 'object') return;
    for (const [name, value] of Object.entries(answer)) {
      const names = telling.test(name) && ['string', 'number'].includes(typeof value);
      // What was refused was perhaps about nothing.
      if (name === 'request') continue;
      if (names) this.add(name, value as string | number);
      else this.learn(value);
    }
  }

  pick(name: string, dice: Dice): string | number | undefined {
    const values = this.#values.get(name);
    return values === undefined ? undefined : dice.pick(values);
  }
}
