import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeFingerprint } from '../../src/projections/code-fingerprint.ts';
import { connectDatabase } from '../../src/projections/database.ts';
import { builderOf } from '../../src/projections/generation.ts';
import { liveSchema } from '../../src/projections/tables.ts';
import { otlpReceiver } from '../e2e/otlp-receiver.ts';
import { runService, startServiceProcess } from '../e2e/service-process.ts';
import { temporaryServer } from '../embedded/event-store/temporary-server.ts';
import { testDatabase } from '../services/database.ts';
import { testFolder } from '../services/test-folder.ts';
import { compileApp } from '../support/compiled-app.ts';

let folder: string;
let compiled: string;
beforeAll(async () => {
  folder = await testFolder('bundle');
  compiled = await compileApp(join(folder, 'app'));
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));

describe('Compiled, iMi', () => {
  it('has all that it embeds and shows, and what it loads when it is asked to', async () => {
    const { endpoint, spans } = await otlpReceiver();
    const IMI_DATA_DIR = join(folder, 'data');
    const service = await startServiceProcess(
      {
        ...{ IMI_DATA_DIR, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
        ...{ IMI_CORS_ORIGINS: '*', IMI_RATE_LIMIT: '10000' },
      },
      [join(compiled, 'main.js')],
    );
    const played = await runService({ IMI_DATA_DIR, IMI_PORT: '' }, [
      join(compiled, 'demo/demo.js'),
    ]);
    expect(played).toEqual({ code: 0, stderr: '' });

    const get = (path: string) =>
      fetch(`${service.url}${path}`, { headers: { origin: 'http://a' } });
    const page = await get('/docs/static/index.html');
    expect(await page.text()).toContain('swagger-ui');
    expect(Object.fromEntries(page.headers)).toMatchObject({
      ...{ 'access-control-allow-origin': 'http://a', 'x-ratelimit-limit': '10000' },
    });
    for (const [path, field] of [
      ['/openapi.json', 'openapi'],
      ['/asyncapi.json', 'asyncapi'],
      ['/api/v1/schemas', 'items'],
      ['/api/v1/trace/ticket/PROJ-123', 'chain'],
    ] as const) {
      expect(await (await get(path)).json()).toHaveProperty(field);
    }
    while (spans.length === 0) await delay(50);
    expect(await service.stop()).toBe(0);
    // What is kept of the compiled code is what makes the next start short.
    expect(await readdir(join(IMI_DATA_DIR, 'compile-cache'))).not.toEqual([]);
  });

  it('knows its projecting code by the same fingerprint as from sources', async () => {
    const [database, eventStore] = [await testDatabase(), await temporaryServer()];
    const env = { IMI_DATABASE_URL: database.url, IMI_EVENTSTORE_URL: eventStore.url };
    const imi = (...args: string[]) => runService(env, [join(compiled, 'cli/imi.js'), ...args]);
    expect((await imi('projections', 'rebuild')).code).toBe(0);
    expect((await imi('projections', 'verify')).code).toBe(0);
    expect((await imi('dlq', 'list')).stderr).toContain('IMI_RABBITMQ_URL');
    const db = connectDatabase(database.url, { poolSize: 1, applicationName: 'test' });
    expect(await builderOf({ db, schema: liveSchema })).toBe(await codeFingerprint());
    await db.destroy();
    await eventStore.remove();
  });
});
