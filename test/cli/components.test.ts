import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { project, projectId, serverWith } from '../http/server.ts';
import { testFolder } from '../services/test-folder.ts';
import { runImi } from './run-imi.ts';

const asked: unknown[] = [];
let app: FastifyInstance;
let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  folder = await testFolder('components');
  app = await serverWith({
    api: [
      async (api: FastifyInstance) => {
        api.get('/projects/:id', async () => project);
        api.get('/components', async ({ query }) => {
          asked.push(query);
          const component = {
            id: 'c-1',
            name: 'bus',
            path: 'bus',
            kind: 'submodule',
            enabled: true,
          };
          return { items: [component], total: 1, offset: 0, limit: 50 };
        });
        api.post('/components/import', async ({ body }) => {
          asked.push(body);
          return { created: [{ name: 'bus' }], updated: [], unchanged: ['ui'], disabled: [] };
        });
      },
    ],
  });
  env = { IMI_API_URL: await app.listen({ host: '127.0.0.1', port: 0 }) };
});
afterAll(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

describe('imi components', () => {
  it('lists those of a project', async () => {
    const { code, stdout } = await runImi(['components', 'list', '--project', projectId], { env });
    expect([code, asked.at(-1)]).toEqual([0, { parent_project_id: projectId }]);
    expect(stdout).toMatch(/c-1 +bus +bus +submodule +yes/);
  });

  it('imports the file of the folder and says what became of each entry', async () => {
    const toml = '[components]\nbus = { path = "bus", kind = "submodule" }\n';
    await writeFile(join(folder, 'components.toml'), toml);
    const args = ['components', 'import', '--project', projectId];
    const { code, stdout } = await runImi(args, { env, cwd: folder });
    expect([code, asked.at(-1)]).toEqual([0, { parent_project_id: projectId, toml }]);
    expect(stdout).toBe('created    1  bus\nupdated    0\nunchanged  1  ui\ndisabled   0\n');
  });

  it('ends with 2 when the file cannot be read', async () => {
    const args = ['components', 'import', 'no.toml', '--project', projectId];
    expect(await runImi(args, { env, cwd: folder })).toMatchObject({ code: 2 });
  });
});
