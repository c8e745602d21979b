import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxManifestEntries, parseManifest } from '../../src/commands/component-manifest.ts';
import { ImiError } from '../../src/errors.ts';

function mistakesIn(toml: string) {
  try {
    parseManifest(toml);
  } catch (error) {
    if (error instanceof ImiError) return error;
    throw error;
  }
  throw new Error('The file was taken');
}

describe('A components.toml', () => {
  it('lists components in the order of the file, with what it leaves out', () => {
    const toml = `
      # what we are made of
      [components]
      api = { path = "services/api", kind = "submodule", enabled = false }
      "web ui" = { path = "web" }
      [components.store]
      path = "lib/store"
      kind = "external"`;
    expect(parseManifest(toml)).toEqual([
      { name: 'api', path: 'services/api', kind: 'submodule', enabled: false },
      { name: 'web ui', path: 'web', kind: 'local', enabled: true },
      { name: 'store', path: 'lib/store', kind: 'external', enabled: true },
    ]);
  });

  it('may list none', () => {
    expect(parseManifest('[components]')).toEqual([]);
  });

  it('is refused by line and column when it is not TOML, without quoting it', () => {
    const error = mistakesIn('[components]\napi = { path = "hunter2\n');
    expect(error).toMatchObject({
      code: 'VALIDATION_ERROR',
      params: { errors: [{ location: 'body', path: 'toml', line: 2, column: expect.any(Number) }] },
    });
    expect(error.message).toContain('line 2');
    expect(JSON.stringify(error.refusal)).not.toContain('hunter2');
  });

  it.each([
    ['', ['toml.components']],
    ['components = 3', ['toml.components']],
    ['components = 1979-05-27', ['toml.components']],
    ['[[components]]', ['toml.components']],
    ['[components]\n[other]', ['toml.other']],
    ['[components]\napi = "services/api"', ['toml.components.api']],
    ['[components]\napi = { kind = "local" }', ['toml.components.api.path']],
    [
      '[components]\napi = { path = 7, kind = "x" }',
      ['toml.components.api.path', 'toml.components.api.kind'],
    ],
    ['[components]\napi = { path = "a", enabled = "yes" }', ['toml.components.api.enabled']],
    ['[components]\napi = { path = "a", colour = "red" }', ['toml.components.api.colour']],
    ['[components]\n" a" = { path = "a" }', ['toml.components. a']],
    ['[components]\n"" = { path = "a" }', ['toml.components.']],
    ['[components]\n__proto__ = { kind = "local" }', ['toml.components.__proto__.path']],
  ])('%j is refused by its bad fields', (toml, paths) => {
    const { errors } = mistakesIn(toml).params;
    expect((errors as { path: string }[]).map(({ path }) => path)).toEqual(paths);
  });

  it('is refused with more entries than an import takes', () => {
    const lines = Array.from(
      { length: maxManifestEntries + 1 },
      (_, n) => `c${n} = { path = "x" }`,
    );
    expect(mistakesIn(`[components]\n${lines.join('\n')}`).message).toContain('500');
  });

  it('of any text is taken or refused with a code', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const toml of [text, `[components]\n${text}`]) {
          try {
            parseManifest(toml);
          } catch (error) {
            expect(error).toBeInstanceOf(ImiError);
          }
        }
      }),
    );
  });
});
