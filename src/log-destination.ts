import { writeSync } from 'node:fs';
import { type DestinationStream, symbols } from 'pino';

const waitMs = 5;
const longestWaits = 200;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** How long a line waits for others. */
const gatherMs = 10;

/** Lines that wait, in characters, at most. */
const most = 65_536;

/** pino's `warn`. What is said from here on may be the last that a process says. */
const urgent = 40;

/**
 * Where log lines go: to standard output, or to another open file; warnings and errors at once, with
 * all before them, the rest together with what comes within the next 10 ms: under load a line for each
 * request costs as much as many together. Only a process that is killed loses the lines that wait.
 *
 * What cannot be written (the disk is full, the reader is gone or does not read) is lost, and iMi
 * goes on: pino's own destination would try for ever when the process ends, and hold it.
 */
export function logDestination(file: number = process.stdout.fd): DestinationStream {
  let cut = false;
  let lines = '';
  const writeOut = (): void => {
    if (lines === '') return;
    // What was cut off must not run into what comes next.
    const bytes = Buffer.from(cut ? `\n${lines}` : lines);
    lines = '';
    cut = !writeWhole(file, bytes);
  };
  process.once('exit', writeOut);
  return Object.assign(
    {
      lastLevel: 0,
      write(line: string): void {
        if (lines === '') setTimeout(writeOut, gatherMs).unref();
        lines += line;
        if (this.lastLevel >= urgent || lines.length >= most) writeOut();
      },
    },
    // Has pino set `lastLevel` before it writes.
    { [symbols.needsMetadataGsym]: true },
  );
}

function writeWhole(file: number, bytes: Buffer): boolean {
  for (let done = 0, waits = 0; done < bytes.length; ) {
    try {
      done += writeSync(file, bytes, done);
    } catch (error) {
      // A pipe whose reader is slow.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || waits === longestWaits)
        return false;
      waits += 1;
      Atomics.wait(sleeper, 0, 0, waitMs);
    }
  }
  return true;
}
