/** How far a piece of work in the log has come. */
export interface Done {
  readonly position: bigint;
  readonly target: bigint;
}

/**
 * Tells the progress on the standard error: on a terminal one line that is written over, else a
 * line for each tenth. The rest of the time is guessed from the part that is done.
 */
export function progressOf(what: string): (done: Done) => void {
  const started = performance.now();
  const { stderr } = process;
  let told = -1;
  return ({ position, target }) => {
    const part = target === 0n ? 100 : Number((position * 100n) / target);
    const step = stderr.isTTY ? part : Math.floor(part / 10);
    if (step === told) return;
    told = step;
    const seconds = (performance.now() - started) / 1000;
    const left = part === 0 ? '' : `, ${Math.ceil((seconds * (100 - part)) / part)} s to go`;
    const line = `${what}: ${part} %${left}`;
    stderr.write(stderr.isTTY ? `\r${line.padEnd(60)}${part >= 100 ? '\n' : ''}` : `${line}\n`);
  };
}
