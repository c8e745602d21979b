import { type Quantity, times } from '../quantity.ts';
import type { Report } from '../report.ts';

export interface Drawn {
  readonly title: string;
  /** What grows. */
  readonly across: string;
  /** Which of the figures of a row are drawn, and compared. */
  readonly labels: readonly string[];
}

export interface Step {
  readonly measure: string;
  /** Its steps are compared with the first of them. */
  readonly series: string;
  readonly size: number;
  readonly value: readonly Quantity[];
  readonly target?: string;
}

/** The same measures at several sizes: rows, and curves of them. */
export class Growth {
  readonly #report: Report;
  readonly #drawn: Drawn;
  readonly #steps: Step[] = [];

  constructor(report: Report, drawn: Drawn) {
    this.#report = report;
    this.#drawn = drawn;
  }

  add(step: Step): void {
    const { measure, value, target } = step;
    const first = this.#steps.find(({ series }) => series === step.series);
    this.#steps.push(step);
    this.#report.add({
      measure,
      value,
      ...(first && { ratio: this.#comparison(step, first) }),
      ...(target && { target }),
      panel: null,
    });
  }

  /** When all steps are there. */
  draw(): void {
    const { title, across, labels } = this.#drawn;
    const bySeries = [...Map.groupBy(this.#steps, ({ series }) => series)];
    for (const label of labels) {
      const series = bySeries.map(([name, steps]) => ({
        name,
        points: steps.map((step) => [step.size, labelled(step, label).value.median] as const),
      }));
      this.#report.addCurves({ title, across, up: `${label}, ms`, series });
    }
  }

  #comparison(step: Step, first: Step): string {
    const parts = this.#drawn.labels.map(
      (label) => `${label} ${times(labelled(step, label), labelled(first, label))}`,
    );
    return `${parts.join(', ')} the smallest`;
  }
}

function labelled({ measure, value }: Step, wanted: string): Quantity {
  const quantity = value.find(({ label }) => label === wanted);
  if (quantity === undefined) throw new Error(`${measure} has no ${wanted}`);
  return quantity;
}
