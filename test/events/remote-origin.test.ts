import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isRepositoryName,
  parseRemote,
  parseRemoteOrigin,
} from '../../src/events/remote-origin.ts';

const hosts = ['github.com'];
const name = fc
  .stringMatching(/^[A-Za-z0-9_.-]{1,30}$/)
  .filter((text) => !/^\.+$|\.git$/i.test(text));

describe('a remote origin', () => {
  it('has one key in every spelling, and is shown in the case first given', () => {
    fc.assert(
      fc.property(name, name, fc.boolean(), (owner, repo, suffix) => {
        const path = `${owner}/${repo}${suffix ? '.git' : ''}`;
        const spellings = [
          `git@github.com:${path}`,
          `https://github.com/${path}`,
          `https://user:pw@GitHub.com/${path}`,
          `ssh://git@github.com/${path}`,
          `ssh://git@github.com:22/${path.toUpperCase()}`,
        ].map((text) => parseRemoteOrigin(text, hosts));
        for (const origin of spellings) {
          expect(origin?.key).toBe(`github.com/${owner}/${repo}`.toLowerCase());
        }
        expect(spellings[0]?.display).toBe(`git@github.com:${owner}/${repo}.git`);
      }),
    );
  });

  it('reads its own shown form back as the same origin', () => {
    fc.assert(
      fc.property(name, name, (owner, repo) => {
        const origin = parseRemoteOrigin(`https://github.com/${owner}/${repo}`, hosts);
        expect(parseRemoteOrigin(origin?.display ?? '', hosts)).toEqual(origin);
      }),
    );
  });

  it.each([
    './TonnyBox',
    '../x/y',
    '/srv/git/x.git',
    'file:///srv/git/x.git',
    'git@github.com:/widget.git',
    'git@github.com:acme/',
    'git@github.com:acme/widget/more.git',
    'https://github.com/acme',
    'https://github.com/acme/..',
    'https://github.com/ac me/widget',
    'https://gitlab.com/acme/widget',
    'https://github.com.evil.org/acme/widget',
    'https://evil.org/github.com/acme/widget',
    '',
    'x'.repeat(100_000),
  ])('is not %j', (text) => {
    expect(parseRemoteOrigin(text, hosts)).toBeNull();
  });

  it('is none or on an allowed host, whatever the text', () => {
    const result = fc
      .sample(fc.string({ maxLength: 600 }), 200)
      .map((text) => parseRemoteOrigin(text, hosts));
    expect(result.every((origin) => origin === null || origin.key.startsWith('github.com/'))).toBe(
      true,
    );
  });

  it('is read on any host, without who signs in, when none are asked for', () => {
    expect(parseRemote('https://ada:hunter2@git.example.org:8443/Acme/Widget.git')).toEqual({
      display: 'git@git.example.org:Acme/Widget.git',
      key: 'git.example.org/acme/widget',
    });
    expect(parseRemote('acme/widget')).toBeNull();
  });
});

it.each<[string, boolean]>([
  ['acme/widget', true],
  ['Acme-2/wid_get.js', true],
  ['widget', false],
  ['acme/widget/more', false],
  ['acme/..', false],
  ['./widget', false],
  ['acme/', false],
  ['git@github.com:acme/widget', false],
])('%j is the name of a repository: %s', (text, isName) => {
  expect(isRepositoryName(text)).toBe(isName);
});
