import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import type { Curves } from './plot/curves.ts';
import { drawing } from './plot/drawing.ts';
import { written } from './quantity.ts';
import type { Row } from './row.ts';

const titles = ['measure', 'iMi', 'limit or peer in the same run', 'ratio', 'target'];

/** Collects the rows of a run, prints each as it comes, and writes them as a table and a drawing. */
export class Report {
  readonly #rows: Row[] = [];
  readonly #curves: Curves[] = [];
  readonly #notes: string[] = [];
  readonly #loadAtStart = loadavg();

  add(row: Row): void {
    this.#rows.push(row);
    const [measure, ...rest] = cells(row);
    const said = rest.flatMap((text, index) => (text ? [`${titles[index + 1]}: ${text}`] : []));
    process.stdout.write(`${measure}\n    ${said.join(' · ')}\n`);
  }

  /** Figures that are rows already, as they change with something. */
  addCurves(curves: Curves): void {
    this.#curves.push(curves);
  }

  note(text: string): void {
    this.#notes.push(text);
    process.stdout.write(`    (${text})\n`);
  }

  /** Writes `latest.md` and `latest.svg`; returns their paths. */
  async write(folder: string): Promise<string[]> {
    const [table, plot] = [join(folder, 'latest.md'), join(folder, 'latest.svg')];
    await mkdir(folder, { recursive: true });
    await writeFile(table, this.#text());
    await writeFile(plot, drawing(`iMi bench: ${circumstances()}`, this.#rows, this.#curves));
    return [table, plot];
  }

  #text(): string {
    const load = (values: number[]) => values.map((value) => value.toFixed(1)).join(' ');
    return [
      `# iMi bench, ${new Date().toISOString()}`,
      '',
      `${circumstances()}; load average ${load(this.#loadAtStart)} before, ${load(loadavg())} after. ` +
        'Medians of the runs, the least and the most of them in brackets.',
      '',
      `| ${titles.join(' | ')} |`,
      `|${titles.map(() => '---|').join('')}`,
      ...this.#rows.map((row) => `| ${cells(row).join(' | ')} |`),
      '',
      ...this.#notes.map((text) => `- ${text}`),
      '',
    ].join('\n');
  }
}

const cells = ({ measure, value, limit, ratio = '', target = '' }: Row): string[] => [
  measure,
  value.map(written).join(', '),
  limit ? `${limit.value.map(written).join(', ')} (${limit.name})` : '',
  ratio,
  target,
];

function circumstances(): string {
  const [cpu] = cpus();
  return `commit ${commit()}, Node ${process.version}, ${cpus().length} × ${cpu?.model ?? 'CPU'}`;
}

function commit(): string {
  try {
    const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
    const changed = git('status', '--porcelain', '--', 'src') === '' ? '' : ' with changes in src';
    return `${git('rev-parse', '--short', 'HEAD')}${changed}`;
  } catch {
    return 'unknown';
  }
}
