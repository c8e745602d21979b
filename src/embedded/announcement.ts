import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const fileIn = (dataDir: string): string => join(dataDir, 'url');

/** Leaves word in the data folder of where iMi listens; what an earlier run left is replaced whole. */
export async function announce(dataDir: string, url: string): Promise<void> {
  const draft = `${fileIn(dataDir)}.${process.pid}`;
  await writeFile(draft, `${url}\n`);
  await rename(draft, fileIn(dataDir));
}

/** Where the latest iMi on this data folder listens, or listened; null when there was none. */
export const announced = (dataDir: string): Promise<string | null> =>
  readFile(fileIn(dataDir), 'utf8').then(
    (url) => url.trim(),
    () => null,
  );
