/** How far a piece of work has come. */
export interface Done {
  readonly done: number;
  readonly total: number;
  /** What has been worked on so far, such as events; it gives the rate. */
  readonly items: number;
  /** What was done before this run. */
  readonly began?: number;
}

export interface Terminal {
  readonly stderr: { readonly isTTY?: boolean; write(text: string): unknown };
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
}

const barWidth = 24;

/**
 * Tells the progress on the standard error, with rate and remaining time: on a terminal a bar that
 * is written over, else a line for each tenth. The rest of the time is guessed from the part that
 * this run has done: what an earlier one did costs nothing now.
 */
export function progressOf(
  what: string,
  { stderr, now }: Terminal = { stderr: process.stderr, now: () => performance.now() },
): (done: Done) => void {
  const started = now();
  let told = -1;
  return ({ done, total, items, began = 0 }) => {
    const part = total === 0 ? 100 : Math.floor((done * 100) / total);
    const step = stderr.isTTY ? part : Math.floor(part / 10);
    if (step === told) return;
    told = step;
    const seconds = (now() - started) / 1000;
    // Of less than a hundredth nothing can be told: the first batch holds one event.
    const enough = done > began && (done - began) * 100 >= total - began;
    const left = enough ? (seconds * (total - done)) / (done - began) : null;
    const line = [
      `${what}: ${stderr.isTTY ? `${bar(part)} ` : ''}${part} %`,
      `${items} done`,
      ...(seconds > 0 ? [`${Math.round(items / seconds)}/s`] : []),
      ...(left === null ? [] : [`${Math.ceil(left)} s to go`]),
    ].join(', ');
    stderr.write(stderr.isTTY ? `\r${line.padEnd(79)}${part >= 100 ? '\n' : ''}` : `${line}\n`);
  };
}

const bar = (part: number): string => {
  const full = Math.round((Math.min(part, 100) * barWidth) / 100);
  return `[${'#'.repeat(full)}${'-'.repeat(barWidth - full)}]`;
};
