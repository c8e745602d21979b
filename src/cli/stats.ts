import type { Command } from 'commander';
import { answer, answering, api, type OutputOptions } from './command.ts';
import { sayFields } from './output.ts';

type Counts = { readonly [name: string]: number | { readonly [name: string]: number } };

/** `imi stats` */
export function addStats(program: Command): void {
  answering(program, 'stats', 'what there is, counted').action(async (options: OutputOptions) => {
    const counts = await api().get<Counts>('/stats');
    answer(options, counts, () => {
      const lines = Object.entries(counts).map(([name, count]) => [
        name.replaceAll('_', ' '),
        typeof count === 'number' ? count : partsOf(count),
      ]);
      sayFields(Object.fromEntries(lines));
    });
  });
}

const partsOf = (counts: { readonly [name: string]: number }): string =>
  Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
