import { fileURLToPath } from 'node:url';
import { loadScript } from './code-cache.ts';
import type { LoadedRun } from './load-run.ts';

/** iMi as the one script that the build makes of it; its compiled code is kept in `cacheFolder`. */
export async function loadRun(cacheFolder: string): Promise<LoadedRun> {
  const file = fileURLToPath(new URL('../pieces/run.cjs', import.meta.url));
  const { exports, keepCode } = loadScript(file, cacheFolder);
  return { ...(exports as Pick<LoadedRun, 'run'>), keepCode };
}
