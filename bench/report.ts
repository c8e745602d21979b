import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';

/** One line of the table: what was measured, what it is held against, and how they compare. */
export interface Row {
  readonly measure: string;
  readonly value: string;
  /** Measured in the same run, on the same machine. */
  readonly limit?: string;
  readonly ratio?: string;
  /** Of spec/promises.md. */
  readonly target?: string;
}

export const rate = (value: number, unit = 'commands/s'): string =>
  `${Math.round(value).toLocaleString('en')} ${unit}`;
export const milliseconds = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
export const share = (value: number, limit: number): string =>
  `${Math.round((100 * value) / limit)} %`;
export const latency = ({ p50, p99 }: { readonly p50: number; readonly p99: number }): string =>
  `p50 ${milliseconds(p50)}, p99 ${milliseconds(p99)}`;

const columns = ['measure', 'value', 'limit', 'ratio', 'target'] as const;
const titles = ['measure', 'iMi', 'limit in the same run', 'ratio', 'target'];

/** Collects the rows of a run, prints each as it comes, and writes them as one table. */
export class Report {
  readonly #rows: Row[] = [];
  readonly #notes: string[] = [];
  readonly #loadAtStart = loadavg();

  add(row: Row): void {
    this.#rows.push(row);
    const rest = columns.slice(1).flatMap((name) => (row[name] ? [`${name}: ${row[name]}`] : []));
    process.stdout.write(`${row.measure}\n    ${rest.join(' · ')}\n`);
  }

  note(text: string): void {
    this.#notes.push(text);
    process.stdout.write(`    (${text})\n`);
  }

  async write(folder: string): Promise<string> {
    const file = join(folder, 'latest.md');
    await mkdir(folder, { recursive: true });
    await writeFile(file, this.#text());
    return file;
  }

  #text(): string {
    const lines = this.#rows.map(
      (row) => `| ${columns.map((name) => row[name] ?? '').join(' | ')} |`,
    );
    const [cpu] = cpus();
    const load = (values: number[]) => values.map((value) => value.toFixed(1)).join(' ');
    return [
      `# iMi bench, ${new Date().toISOString()}`,
      '',
      `Commit ${commit()}, Node ${process.version}, ${cpus().length} × ${cpu?.model ?? 'CPU'}; ` +
        `load average ${load(this.#loadAtStart)} before, ${load(loadavg())} after.`,
      '',
      `| ${titles.join(' | ')} |`,
      `|${columns.map(() => '---|').join('')}`,
      ...lines,
      '',
      ...this.#notes.map((text) => `- ${text}`),
      '',
    ].join('\n');
  }
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
