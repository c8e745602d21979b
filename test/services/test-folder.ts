import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../../src/embedded/process-identity.ts';

const PREFIX = 'imi-test-';

/**
 * A new folder for one service of one test run. The caller removes it; should it be killed first,
 * a later run does (`removeLeftFolders`).
 */
export function testFolder(purpose: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-${purpose}-`));
}

/** Removes folders of test runs that were killed before they could. */
export async function removeLeftFolders(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    // Another user's folder stays: removing it is not ours.
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => {});
  }
}
