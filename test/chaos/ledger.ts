/** What a sender was told of a command, as far as both doors tell it. */
export interface Answer {
  readonly door: 'http' | 'bus';
  /** `settled`: HTTP showed the entity, which does not say whether anything had to be written. */
  readonly status: 'accepted' | 'unchanged' | 'settled' | 'rejected';
  readonly position: string | null;
  readonly code?: string;
}

export interface Entry {
  readonly id: string;
  readonly key: string;
  /** Someone was told that iMi, or the broker for it, has this command. */
  acknowledged: boolean;
  deliveries: number;
  readonly answers: Answer[];
}

/** What was asked and answered, kept outside iMi. */
export class Ledger {
  readonly entries = new Map<string, Entry>();
  readonly deliveries = { http: 0, bus: 0 };
  /** Answers that no sender should ever see. */
  readonly violations: string[] = [];

  /** @param id as iMi knows it */
  open(id: string, key: string): Entry {
    const entry: Entry = { id, key, acknowledged: false, deliveries: 0, answers: [] };
    this.entries.set(id, entry);
    return entry;
  }

  answered(id: string, answer: Answer): void {
    const entry = this.entries.get(id);
    if (entry === undefined) this.violations.push(`an answer to ${id}, which nobody sent`);
    entry?.answers.push(answer);
  }

  /** Commands whose answers contradict each other. */
  contradictions(): string[] {
    return [...this.entries.values()].flatMap(({ id, key, answers }) => {
      const [first, ...rest] = answers;
      const other = rest.find((answer) => first !== undefined && !agree(first, answer));
      return other ? [`${key} ${id}: ${JSON.stringify(first)} and ${JSON.stringify(other)}`] : [];
    });
  }
}

function agree(a: Answer, b: Answer): boolean {
  const settled = [a, b].some(({ status }) => status === 'settled');
  const same = settled ? a.status !== 'rejected' && b.status !== 'rejected' : a.status === b.status;
  return same && a.position === b.position && a.code === b.code;
}
