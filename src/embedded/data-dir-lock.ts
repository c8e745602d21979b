import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedError } from './embedded-error.ts';
import { startMark } from './process-identity.ts';

const LOCK_FILE = 'imi.lock';

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
 * @param dataDir created when it is missing
 * @throws EmbeddedError IMI_ERR_DATA_DIR_IN_USE naming the holder's pid
 */
export async function lockDataDir(dataDir: string): Promise<DataDirLock> {
  await mkdir(dataDir, { recursive: true });
  const path = join(dataDir, LOCK_FILE);
  const mine = join(dataDir, `${LOCK_FILE}.${randomUUID()}`);
  const started = await startMark(process.pid);
  const text = JSON.stringify({ pid: process.pid, started } satisfies Partial<Holder>);
  await writeFile(mine, text, { mode: 0o644 });
  try {
    // Each round either takes the lock, finds a live holder or clears one stale lock away.
    for (;;) {
      if (await linked(mine, path)) return { release: () => release(path, text) };
      const found = await readLock(path);
      if (found === undefined) continue;
      const holder = await liveHolder(found);
      if (holder !== undefined) throw inUse(dataDir, holder);
      await clearStale(path, found);
    }
  } finally {
    await rm(mine, { force: true });
  }
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function readLock(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function liveHolder(text: string): Promise<Holder | undefined> {
  let holder: Partial<Holder>;
  try {
    holder = JSON.parse(text) as Partial<Holder>;
  } catch {
    return undefined;
  }
  if (typeof holder.pid !== 'number') return undefined;
  const started = await startMark(holder.pid);
  if (started === undefined || started !== holder.started) return undefined;
  return { pid: holder.pid, started };
}

/** Moves the stale lock aside first: of two starters that saw it, only one may remove it. */
async function clearStale(path: string, seen: string): Promise<void> {
  const aside = `${path}.stale-${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  // The other starter was faster and what we moved is its new lock: give it back.
  if ((await readFile(aside, 'utf8')) !== seen) await linked(aside, path);
  await rm(aside, { force: true });
}

async function release(path: string, text: string): Promise<void> {
  if ((await readLock(path)) === text) await rm(path, { force: true });
}

function inUse(dataDir: string, holder: Holder): EmbeddedError {
  return new EmbeddedError(
    'IMI_ERR_DATA_DIR_IN_USE',
    `${dataDir} is in use by another iMi (process ${holder.pid}). ` +
      'Stop that one, or give this one a folder of its own with IMI_DATA_DIR.',
  );
}
