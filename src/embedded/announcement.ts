import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const fileIn = (dataDir: string): string => join(dataDir, 'url');

/** Leaves word in the data folder of where iMi listens; what an earlier run left is replaced. */
export const announce = (dataDir: string, url: string): Promise<void> =>
  writeFile(fileIn(dataDir), `${url}\n`);

/** Where the latest iMi on this data folder listens, or listened; null when there was none. */
export const announced = (dataDir: string): Promise<string | null> =>
  readFile(fileIn(dataDir), 'utf8').then(
    (url) => url.trim(),
    () => null,
  );
