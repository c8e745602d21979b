import type { Series } from '../plot/curves.ts';
import { type Quantity, times } from '../quantity.ts';
import type { Report } from '../report.ts';

export interface Drawn {
  readonly title: string;
  /** What grows. */
  readonly across: string;
  /** Which of the figures of a row is drawn, and compared. */
  readonly label: string;
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
  readonly #steps = new Map<string, { readonly size: number; readonly quantity: Quantity }[]>();

  constructor(report: Report, drawn: Drawn) {
    this.#report = report;
    this.#drawn = drawn;
  }

  add({ measure, series, size, value, target }: Step): void {
    const quantity = value.find(({ label }) => label === this.#drawn.label);
    if (quantity === undefined) throw new Error(`${measure} has no ${this.#drawn.label}`);
    const steps = this.#steps.get(series) ?? [];
    this.#steps.set(series, [...steps, { size, quantity }]);
    const [first] = steps;
    this.#report.add({
      measure,
      value,
      ...(first && { ratio: `${times(quantity, first.quantity)} the smallest` }),
      ...(target && { target }),
      panel: null,
    });
  }

  /** When all steps are there. */
  draw(): void {
    const { title, across, label } = this.#drawn;
    const series: Series[] = [...this.#steps].map(([name, steps]) => ({
      name,
      points: steps.map(({ size, quantity }) => [size, quantity.value.median]),
    }));
    this.#report.addCurves({ title, across, up: `${label}, ms`, series });
  }
}
