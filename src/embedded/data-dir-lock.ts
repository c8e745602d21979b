import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedError } from './embedded-error.ts';
import { startMark } from './process-identity.ts';

const LOCK = /^imi\.lock\.(\d+)$/;

interface Holder {
  readonly pid: number;
  /** Start of the process, so that a pid given out again is not taken for the holder. */
  readonly started: string;
}

export interface DataDirLock {
  release(): Promise<void>;
}

/**
 * Takes the data folder for this process alone: two iMi on one folder would run two servers on the
 * same files. A lock left by a process that is gone (SIGKILL, power cut) is taken over.
 *
 * Locks are numbered, and the highest number counts. Taking over number n means to create n + 1,
 * which succeeds for one starter only; replacing one file could succeed for two. A released lock
 * stays as an empty file for the same reason: numbers never go down.
 *
 * @param dataDir created when it is missing
 * @throws EmbeddedError IMI_ERR_DATA_DIR_IN_USE naming the holder's pid, IMI_ERR_DATA_DIR_UNUSABLE
 *   when nothing can be written there
 */
export async function lockDataDir(dataDir: string): Promise<DataDirLock> {
  const draft = await writeDraft(dataDir);
  try {
    for (;;) {
      const seen = await highest(dataDir);
      const holder = await liveHolder(pathOf(dataDir, seen));
      if (holder !== undefined) throw inUse(dataDir, holder);
      const mine = seen + 1;
      if (!(await linked(draft, pathOf(dataDir, mine)))) continue;
      // A higher one was there: the number taken had been given out and cleared away before.
      if ((await highest(dataDir)) > mine) {
        await rm(pathOf(dataDir, mine));
        continue;
      }
      await clearBelow(dataDir, mine);
      return { release: () => writeFile(pathOf(dataDir, mine), '') };
    }
  } finally {
    await rm(draft, { force: true });
  }
}

async function writeDraft(dataDir: string): Promise<string> {
  const draft = join(dataDir, `imi.lock-${randomUUID()}`);
  const started = await startMark(process.pid);
  try {
    await mkdir(dataDir, { recursive: true });
    await writeFile(draft, JSON.stringify({ pid: process.pid, started }));
    return draft;
  } catch (error) {
    // A full disk leaves an empty file behind.
    await rm(draft, { force: true }).catch(() => undefined);
    throw unusable(dataDir, error);
  }
}

function pathOf(dataDir: string, number: number): string {
  return join(dataDir, `imi.lock.${number}`);
}

async function numbers(dataDir: string): Promise<number[]> {
  return (await readdir(dataDir)).flatMap((name) => LOCK.exec(name)?.slice(1).map(Number) ?? []);
}

async function highest(dataDir: string): Promise<number> {
  return Math.max(0, ...(await numbers(dataDir)));
}

async function clearBelow(dataDir: string, mine: number): Promise<void> {
  for (const number of await numbers(dataDir)) {
    if (number < mine) await rm(pathOf(dataDir, number), { force: true });
  }
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** @returns undefined when the lock is missing, released, cut short or its process is gone */
async function liveHolder(path: string): Promise<Holder | undefined> {
  let holder: Partial<Holder>;
  try {
    holder = JSON.parse(await readFile(path, 'utf8')) as Partial<Holder>;
  } catch (error) {
    if (error instanceof SyntaxError || codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  if (typeof holder.pid !== 'number') return undefined;
  const started = await startMark(holder.pid);
  if (started === undefined || started !== holder.started) return undefined;
  return { pid: holder.pid, started };
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

function inUse(dataDir: string, holder: Holder): EmbeddedError {
  return new EmbeddedError(
    'IMI_ERR_DATA_DIR_IN_USE',
    `${dataDir} is in use by another iMi (process ${holder.pid}). ` +
      'Stop that one, or give this one a folder of its own with IMI_DATA_DIR.',
  );
}

const hindrances: { readonly [code: string]: string } = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'it is not a folder',
  ENOTDIR: 'it is not a folder',
};

function unusable(dataDir: string, error: unknown): EmbeddedError {
  const why = hindrances[codeOf(error) ?? ''] ?? (error as Error).message;
  return new EmbeddedError(
    'IMI_ERR_DATA_DIR_UNUSABLE',
    `iMi cannot keep its data in ${dataDir}: ${why}. ` +
      'Name a folder that it can write to with IMI_DATA_DIR.',
    { cause: error },
  );
}
