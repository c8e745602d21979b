import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The user PostgreSQL runs as when iMi runs as root. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Who PostgreSQL has to run as: it refuses root. No account is created; `nobody` is used, or the
 * user who owns the folder already (the same checkout started by a normal user before).
 *
 * @returns undefined when this process is not root: then PostgreSQL runs as the same user
 */
export async function postgresAccount(folder: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await stat(folder).catch(() => undefined);
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  return { uid: await idOfNobody('-u'), gid: await idOfNobody('-g') };
}

async function idOfNobody(flag: '-u' | '-g'): Promise<number> {
  const { stdout } = await run('id', [flag, 'nobody']);
  return Number.parseInt(stdout, 10);
}
