import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig, settingNames } from '../src/config.ts';

const sha = 'a'.repeat(64);

describe('the settings', () => {
  it('have defaults for everything', () => {
    expect(readConfig({})).toMatchObject({
      host: '127.0.0.1',
      port: 8400,
      exchangeName: 'bloodbank.events.v1',
      roles: ['api', 'commands', 'projector', 'publisher'],
      remoteHosts: ['github.com'],
      consistencyTimeoutMs: 2000,
      bodyLimit: 1_048_576,
    });
  });

  it('name every mistake at once and repeat no value', () => {
    const wrong = {
      IMI_PORT: '99999',
      IMI_DATABASE_URL: 'mysql://imi:hunter2@db/imi',
      IMI_API_KEYS: 'hunter2',
      IMI_ROLES: 'api,cook',
    };
    const read = () => readConfig(wrong);
    expect(read).toThrow(ConfigError);
    for (const name of Object.keys(wrong)) expect(read).toThrow(name);
    expect(read).not.toThrow('hunter2');
  });

  it('bind to this machine alone as long as nobody needs a key', () => {
    expect(readConfig({}).host).toBe('127.0.0.1');
    expect(readConfig({ IMI_API_KEYS: `flume:write:${sha}` }).host).toBe('0.0.0.0');
    expect(readConfig({ IMI_HOST: '0.0.0.0' }).host).toBe('0.0.0.0');
  });

  it('take an empty variable as absent', () => {
    expect(readConfig({ IMI_PORT: '', IMI_API_KEY: '' })).toMatchObject({ port: 8400 });
  });

  it('read API keys as name, scope and hash', () => {
    const { apiKeys } = readConfig({ IMI_API_KEYS: `flume:write:${sha}, dash:read:${sha}` });
    expect(apiKeys).toEqual([
      { name: 'flume', scope: 'write', sha256: sha },
      { name: 'dash', scope: 'read', sha256: sha },
    ]);
  });

  it('read the projects of Plane as id and identifier, and refuse what is neither', () => {
    const id = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
    const { planeProjects } = readConfig({ IMI_PLANE_PROJECTS: `${id.toUpperCase()}=proj` });
    expect(planeProjects).toEqual([{ id, identifier: 'PROJ' }]);
    for (const wrong of ['PROJ', `${id}=`, `${id}=P-1`, 'x=PROJ', `${id}=A=B`]) {
      expect(() => readConfig({ IMI_PLANE_PROJECTS: wrong })).toThrow('IMI_PLANE_PROJECTS');
    }
  });

  it('are all listed in .env.example, and nothing else is', () => {
    const example = readFileSync('.env.example', 'utf8');
    const listed = [...example.matchAll(/^#?(IMI_[A-Z0-9_]+)=/gm)].map(([, name]) => name);
    expect(listed.sort()).toEqual([...settingNames].sort());
  });
});
