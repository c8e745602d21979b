import { hash } from 'node:crypto';

/** The time from which on a statement has a name, as the drivers of other languages have it. */
const namedFrom = 3;

/**
 * Names for statements that come again and again: under its name a connection parses and plans a
 * text once, which for one over many columns takes longer than carrying it out. A name stays on
 * every connection that has used it, so there are only so many.
 */
export class StatementNames {
  readonly #most: number;
  /** How often a text has come, then its name. */
  readonly #known = new Map<string, number | string>();

  /** `most`: texts that are taken note of; later ones have no name. */
  constructor(most = 200) {
    this.#most = most;
  }

  /** The name of a text; undefined for one that is new or rare. Different texts have different names. */
  nameOf(text: string): string | undefined {
    const known = this.#known.get(text);
    if (typeof known === 'string') return known;
    if (known === undefined && this.#known.size === this.#most) return undefined;
    const times = (known ?? 0) + 1;
    if (times < namedFrom) {
      this.#known.set(text, times);
      return undefined;
    }
    const name = hash('sha1', text);
    this.#known.set(text, name);
    return name;
  }
}
