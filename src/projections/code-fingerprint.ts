import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What makes rows out of events: everything that the folds are made of, seen from this file. */
const folders = ['./', '../events/', '../../migrations/read-models/'];
const files = ['../name-uuid', '../redact', '../storable-text'];

/**
 * A fingerprint of the code that projects: rows that were built under another one cannot be gone on
 * from. It is taken from the files, so that nobody has to remember to raise a version; a change that
 * would not have mattered costs a build from the beginning.
 */
export async function codeFingerprint(): Promise<string> {
  // .ts from the sources, .js when compiled.
  const extension = extname(import.meta.url);
  const hash = createHash('sha256');
  const paths = files.map((file) => `${file}${extension}`);
  for (const folder of folders) {
    const names = await readdir(at(folder));
    const own = names.filter((name) => extname(name) === extension).sort();
    paths.push(...own.map((name) => `${folder}${name}`));
  }
  for (const path of paths) hash.update(`${path}\0`).update(await readFile(at(path)));
  return hash.digest('hex');
}

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
