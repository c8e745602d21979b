import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';
import { keepHeapSmall } from './heap-size.ts';

export interface LoadedScript {
  readonly exports: unknown;
  /** Keeps, in a moment or at the end, what has been compiled by then; once is enough. */
  readonly keepCode: () => void;
}

/**
 * Runs a CommonJS script in ASCII, with what `keepCode` has kept of its compiled code in `folder`.
 * Node's own cache holds what V8 compiles before a module runs, and functions are compiled when they
 * are first called: a start calls thousands. Code that is damaged, or of another script, Node or
 * machine, is not used; where none can be kept, all is compiled.
 */
export function loadScript(file: string, folder: string): LoadedScript {
  // Who wants the sources in stack traces needs Node to see the script's map.
  if (process.sourceMapsEnabled) return { exports: createRequire(file)(file), keepCode: () => {} };
  const source = readFileSync(file, 'latin1');
  const kept = join(folder, `${basename(file)}-${process.version}-${process.arch}`);
  const key = crc32(source);
  const cachedData = readKept(kept, key);
  const script = new Script(`(function (exports, require, module, __filename) {${source}\n})`, {
    filename: file,
    ...(cachedData && { cachedData }),
  });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(file), module, file);
  const isKept = cachedData !== undefined && !script.cachedDataRejected;
  const keepNow = (): void => {
    // V8 takes code only under the flags that it was made under: those of the start, not of now.
    keepHeapSmall();
    keep(kept, key, script.createCachedData());
  };
  return {
    exports: module.exports,
    keepCode: isKept ? () => {} : () => soon(keepNow),
  };
}

// It holds up the process for some tens of milliseconds, and the first requests may be there.
const momentMs = 1_000;

function soon(work: () => void): void {
  process.once('exit', work);
  const inAMoment = (): void => {
    process.off('exit', work);
    work();
  };
  setTimeout(inAMoment, momentMs).unref();
}

// V8 itself looks at the length of the source and at none of the code.
const headerBytes = 8;

function readKept(file: string, key: number): Buffer | undefined {
  try {
    const bytes = readFileSync(file);
    const code = bytes.subarray(headerBytes);
    const isOurs = bytes.readUInt32LE(0) === key && bytes.readUInt32LE(4) === crc32(code);
    return isOurs ? code : undefined;
  } catch {
    return undefined;
  }
}

function keep(file: string, key: number, code: Buffer): void {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32LE(key, 0);
  header.writeUInt32LE(crc32(code), 4);
  const draft = `${file}.${process.pid}`;
  try {
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(draft, Buffer.concat([header, code]));
    renameSync(draft, file);
  } catch {
    // A folder that cannot be written: the next start compiles anew as well.
  }
}
