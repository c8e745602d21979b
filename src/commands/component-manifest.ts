import { parse, TomlError } from 'smol-toml';
import { z } from 'zod';
import { ImiError } from '../errors.ts';
import { componentKinds } from '../events/component.ts';
import { path, shortText } from './fields.ts';

/** What a `components.toml` says of one component; what it leaves out is as here. */
const entry = z.strictObject({
  path,
  kind: z.enum(componentKinds).default('local'),
  enabled: z.boolean().default(true),
});

// Not a record: that would pass over `__proto__` in silence.
const table = z.custom<object>(
  (value) => Object.prototype.toString.call(value) === '[object Object]',
  'must be a table of components',
);
const manifest = z.strictObject({ components: table });

export type ManifestEntry = z.infer<typeof entry> & { readonly name: string };

interface Mistake {
  readonly path: string;
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

/** Characters of a `components.toml`, and components in it. */
export const maxManifestLength = 256 * 1024;
export const maxManifestEntries = 500;

const maxMistakes = 20;

/**
 * Reads a `components.toml`: `[components]` with `name = { path, kind, enabled }`. Throws
 * `VALIDATION_ERROR` that names the line, or each bad field, and never repeats a value. A file
 * without `[components]` is none of these: it must not disable every component there is.
 */
export function parseManifest(toml: string): readonly ManifestEntry[] {
  const read = manifest.safeParse(tableOf(toml));
  if (!read.success) throw mistaken(mistakesIn(read.error, []));
  const named = Object.entries(read.data.components);
  if (named.length > maxManifestEntries) {
    const message = `must not have more than ${maxManifestEntries} entries`;
    throw mistaken([{ path: 'components', message }]);
  }
  const mistakes: Mistake[] = [];
  const entries: ManifestEntry[] = [];
  for (const [name, value] of named) {
    const at = ['components', name];
    const known = shortText.safeParse(name);
    const component = entry.safeParse(value);
    if (!known.success) mistakes.push(...mistakesIn(known.error, at));
    else if (known.data !== name) {
      mistakes.push({ path: at.join('.'), message: 'must not begin or end with a space' });
    }
    if (!component.success) mistakes.push(...mistakesIn(component.error, at));
    else entries.push({ name, ...component.data });
  }
  if (mistakes.length > 0) throw mistaken(mistakes);
  return entries;
}

function tableOf(toml: string): unknown {
  try {
    return parse(toml, { maxDepth: 16 });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The parser's own message goes on to quote the line.
    const [reason = ''] = error.message.split('\n');
    const { line, column } = error;
    const message = `is not TOML at line ${line}, column ${column}: ${reason.replace(/^.*?: /, '')}`;
    throw mistaken([{ path: '', message, line, column }]);
  }
}

const mistakesIn = (error: z.ZodError, at: readonly PropertyKey[]): Mistake[] =>
  error.issues.flatMap((issue) => {
    const path = [...at, ...issue.path];
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
    if (keys.length === 0) return [{ path: path.join('.'), message: issue.message }];
    return keys.map((key) => ({ path: [...path, key].join('.'), message: 'is not known here' }));
  });

function mistaken(mistakes: readonly Mistake[]): ImiError {
  const errors = mistakes.slice(0, maxMistakes).map(({ path, ...rest }) => ({
    location: 'body',
    path: path === '' ? 'toml' : `toml.${path}`.slice(0, 300),
    ...rest,
  }));
  const shown = errors.slice(0, 3).map((error) => `${error.path}: ${error.message}`);
  return new ImiError('VALIDATION_ERROR', `components.toml is not valid: ${shown.join('; ')}`, {
    errors,
  });
}
