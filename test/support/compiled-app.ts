import { mkdir, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { bundle } from '../../build/bundle.ts';

const root = resolve(import.meta.dirname, '../..');

/**
 * Builds `src/` as it is now into a new folder `app`, in which it finds its packages. Not `dist/`:
 * that may be of another day, and may change meanwhile.
 *
 * @returns the folder of the compiled `src/`
 */
export async function compileApp(app: string): Promise<string> {
  await mkdir(app);
  await symlink(join(root, 'node_modules'), join(app, 'node_modules'));
  await bundle(join(app, 'dist'));
  return join(app, 'dist/src');
}
