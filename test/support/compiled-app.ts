import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/**
 * Compiles `src/` as it is now into a new folder `app`, in which it finds its packages. Not `dist/`:
 * that may be of another day, and may change meanwhile. A complaint of the compiler is shown.
 *
 * @returns the folder of the compiled `src/`
 */
export async function compileApp(app: string): Promise<string> {
  await mkdir(app);
  await symlink(join(root, 'node_modules'), join(app, 'node_modules'));
  const tsc = join(root, 'node_modules/.bin/tsc');
  const args = ['-p', join(root, 'tsconfig.build.json'), '--outDir', join(app, 'dist')];
  const { status, stdout } = spawnSync(tsc, args, { encoding: 'utf8' });
  if (status !== 0) process.stderr.write(`The compiler complains; used all the same:\n${stdout}`);
  await copyFile(join(root, 'package.json'), join(app, 'dist/package.json'));
  return join(app, 'dist/src');
}
