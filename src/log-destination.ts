import { writeSync } from 'node:fs';
import type { DestinationStream } from 'pino';

const waitMs = 5;
const longestWaits = 200;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/**
 * Where log lines go: straight to standard output, or to another open file. A line that cannot be
 * written (the disk is full, the reader is gone or does not read) is lost, and iMi goes on: pino's
 * own destination would try for ever when the process ends, and hold it.
 */
export function logDestination(file: number = process.stdout.fd): DestinationStream {
  let cut = false;
  return {
    write(line) {
      // What was cut off must not run into what comes next.
      const bytes = Buffer.from(cut ? `\n${line}` : line);
      cut = !writeWhole(file, bytes);
    },
  };
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
