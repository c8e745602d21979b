import { readdir, readFile } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Where a place of a program stands in its sources; null for what has none. Counted from 0. */
export type Sources = (
  url: string,
  line: number,
  column: number,
) => { readonly file: string; readonly line: number } | null;

/** Reads the maps of all bundled files in a folder, which may be gone afterwards. */
export async function sourcesOf(folder: string): Promise<Sources> {
  const maps = new Map<string, SourceMap>();
  for (const name of await readdir(folder, { recursive: true })) {
    if (!name.endsWith('.map')) continue;
    const path = join(folder, name);
    const map = new SourceMap(JSON.parse(await readFile(path, 'utf8')));
    const program = path.replace(/[.]map$/, '');
    // A script is known by its path, a module by its URL.
    maps.set(program, map).set(pathToFileURL(program).href, map);
  }
  return (url, line, column) => {
    const entry = maps.get(url)?.findEntry(line, column);
    return entry && 'originalSource' in entry
      ? { file: entry.originalSource, line: entry.originalLine }
      : null;
  };
}
