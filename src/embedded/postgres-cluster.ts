import { randomBytes, randomUUID } from 'node:crypto';
import {
  access,
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedError } from './embedded-error.ts';
import { startGuardedProcess } from './guarded-process.ts';
import type { Account } from './postgres-account.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';

/** The superuser of the embedded cluster. */
export const POSTGRES_USER = 'imi';

const CLUSTER = 'cluster';
const DRAFT = 'cluster.init-';
const PASSWORD_FILE = 'imi.password';

export interface Cluster {
  /** PostgreSQL's data directory. */
  readonly folder: string;
  readonly password: string;
}

export interface ClusterOptions {
  readonly dataDir: string;
  readonly binaries: PostgresBinaries;
  readonly account: Account | undefined;
  /** Wait until the new files are on the disk; only throw-away clusters do without. */
  readonly durable: boolean;
}

/**
 * The cluster in `dataDir`, initialised when there is none. It is prepared under another name and
 * renamed when it is complete, so that a start cut short leaves no half cluster behind.
 *
 * @throws EmbeddedError IMI_ERR_EMBEDDED_POSTGRES_FAILED with what initdb said
 */
export async function ensureCluster(options: ClusterOptions): Promise<Cluster> {
  const { dataDir } = options;
  const folder = join(dataDir, CLUSTER);
  for (const name of await readdir(dataDir)) {
    if (name.startsWith(DRAFT)) await remove(join(dataDir, name));
  }
  if (!(await exists(folder))) await initialise(options, folder);
  return { folder, password: await readFile(join(folder, PASSWORD_FILE), 'utf8') };
}

/**
 * How PostgreSQL is told its data directory. A process that is started *in* a folder reaches it
 * through /proc/self/cwd even when the way down leads through folders closed to its user: as root
 * the project may well lie under /root, which `nobody` cannot enter.
 */
export function pathSeenBy(account: Account | undefined, folder: string): string {
  return account !== undefined && process.platform === 'linux' ? '/proc/self/cwd' : folder;
}

async function initialise(options: ClusterOptions, folder: string): Promise<void> {
  const { dataDir, binaries, account, durable } = options;
  const draft = join(dataDir, `${DRAFT}${randomUUID()}`);
  const passwordFile = `${draft}.password`;
  await mkdir(draft, { mode: 0o700 });
  await writeFile(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
  if (account !== undefined) {
    for (const path of [draft, passwordFile]) await chown(path, account.uid, account.gid);
  }
  const seen = pathSeenBy(account, draft);
  const initdb = await startGuardedProcess({
    command: binaries.initdb,
    args: [
      ...['--pgdata', seen, '--username', POSTGRES_USER],
      ...['--pwfile', seen === draft ? passwordFile : `${seen}/../${baseName(passwordFile)}`],
      ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--no-locale'],
      // Unicode's upper and lower case, the same on every machine.
      ...['--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
      ...(durable ? [] : ['--no-sync']),
    ],
    stopSignal: 'TERM',
    cwd: draft,
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
    ...account,
  });
  const status = await initdb.exited;
  if (status !== 0) {
    throw new EmbeddedError(
      'IMI_ERR_EMBEDDED_POSTGRES_FAILED',
      `initdb ended with ${status}: ${initdb.lastOutput()}`,
    );
  }
  await rename(passwordFile, join(draft, PASSWORD_FILE));
  await chmod(join(draft, PASSWORD_FILE), 0o600);
  await rename(draft, folder);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** With retries: an initdb that was cut short may still be writing while it ends. */
function remove(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}
