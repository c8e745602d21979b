import { tmpdir } from 'node:os';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { ImiError } from '../../src/errors.ts';
import { operations } from '../../src/read-api/routes/operations.ts';
import { serverWith } from '../http/server.ts';
import { createHealthyProbes } from '../read-api/probes.ts';
import { runImi } from './run-imi.ts';

let app: FastifyInstance | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

async function listen(options: Parameters<typeof serverWith>[0]): Promise<Record<string, string>> {
  app = await serverWith(options);
  return { IMI_API_URL: await app.listen({ host: '127.0.0.1', port: 0 }) };
}

const refusing = (error: ImiError) => ({
  api: [
    async (api: FastifyInstance) => {
      api.get('/stats', async () => {
        throw error;
      });
    },
  ],
});

const nowhere = { IMI_API_URL: 'http://127.0.0.1:1' };

describe('A command that fails', () => {
  it('ends with 1, the code, the facts and what to do when it was refused', async () => {
    const conflict = new ImiError('CONFLICT', 'The branch has work', { work_item_id: 'w-1' });
    const ended = await runImi(['stats'], { env: await listen(refusing(conflict)) });
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(
      /^imi: CONFLICT: The branch has work\n {2}work_item_id: "w-1"\n {2}\S/,
    );
  });

  it('answers programs with the coded form of the API', async () => {
    const missing = new ImiError('NOT_FOUND', 'Nothing here', { id: 'x' });
    const ended = await runImi(['stats', '--json'], { env: await listen(refusing(missing)) });
    expect(JSON.parse(ended.stderr)).toEqual({
      detail: { code: 'NOT_FOUND', message: 'Nothing here', params: { id: 'x' } },
    });
    const away = await runImi(['stats', '--json'], { env: nowhere });
    expect(JSON.parse(away.stderr)).toMatchObject({ detail: { code: 'UNAVAILABLE' } });
  });

  it('ends with 3 and says where it looked when nothing answers', async () => {
    const ended = await runImi(['work', 'inflight'], { env: nowhere });
    expect(ended.code).toBe(3);
    expect(ended.stderr).toContain('http://127.0.0.1:1');
    expect(ended.stderr).toContain('npm start');
  });

  it('ends with 3 when a store of the service is away, and when something else answers', async () => {
    const away = new ImiError('UNAVAILABLE', 'A store is away');
    const env = await listen(refusing(away));
    expect(await runImi(['stats'], { env })).toMatchObject({ code: 3 });
    const other = await runImi(['health'], {
      env: { IMI_API_URL: `${env.IMI_API_URL}/docs/static` },
    });
    expect(other.code).not.toBe(0);
  });

  it('ends with 2 and the way to the help when it is called wrongly', async () => {
    const wrong = [
      ['frobnicate'],
      ['projects'],
      ['trace', 'ticket'],
      ['work', 'list', '--limit', 'many'],
      ['work', 'complete', '--as', 'done'],
    ];
    for (const args of wrong) {
      const { code, stderr } = await runImi(args, { env: nowhere });
      expect([code, stderr.length > 0], args.join(' ')).toEqual([2, true]);
    }
    const outside = await runImi(['work', 'start'], { env: nowhere, cwd: tmpdir() });
    expect(outside).toMatchObject({ code: 2, stderr: expect.stringContaining('git checkout') });
    const setting = await runImi(['stats'], { env: { IMI_API_URL: 'localhost' } });
    expect(setting).toMatchObject({ code: 2, stderr: expect.stringContaining('IMI_API_URL') });
  });

  it('sends its key, and says which setting to mend when it is refused', async () => {
    const env = await listen({
      apiKey: 'plain-key',
      api: [async (api: FastifyInstance) => void api.get('/stats', async () => ({ projects: 3 }))],
    });
    const without = await runImi(['stats'], { env });
    expect([without.code, without.stderr]).toEqual([1, expect.stringContaining('IMI_API_KEY')]);
    const withKey = await runImi(['stats'], { env: { ...env, IMI_API_KEY: 'plain-key' } });
    expect(withKey).toMatchObject({ code: 0, stdout: 'projects  3\n' });
  });

  it('ends with 1 when the service is not healthy, after saying what is ill', async () => {
    const away = async () => {
      throw new Error('away');
    };
    const env = await listen({ operations: [operations(createHealthyProbes({ database: away }))] });
    const ended = await runImi(['health'], { env });
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(/database +unhealthy/);
  });
});

describe('The output', () => {
  it('says the exit codes in its help', async () => {
    const { code, stdout } = await runImi(['--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Exit codes:\n {2}0 {2}done\n/);
  });

  it('is bold only where a terminal wants it', async () => {
    const api = [
      async (routes: FastifyInstance) => void routes.get('/stats', async () => ({ n: 3 })),
    ];
    const env = await listen({ api });
    const plain = await runImi(['stats'], { env });
    expect(plain.stdout).toBe('n  3\n');
    const forced = await runImi(['stats'], { env: { ...env, FORCE_COLOR: '1' } });
    expect(forced.stdout).toBe('\u001b[1mn\u001b[22m  3\n');
    const refused = await runImi(['stats'], { env: { ...env, NO_COLOR: '1' } });
    expect(refused.stdout).toBe('n  3\n');
  });
});
