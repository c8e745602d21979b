import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startSurroundings } from '../../src/embedded/embedded-default.ts';
import { startEventStoreServer } from '../../src/embedded/event-store/server.ts';
import { testFolder } from '../services/test-folder.ts';

let dataDir: string;
const start = () =>
  startSurroundings({
    dataDir,
    eventStoreUrl: undefined,
    databaseUrl: undefined,
    rabbitmqUrl: 'amqp://nobody',
  });

beforeEach(async () => {
  dataDir = await testFolder('default');
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

it('says why PostgreSQL did not start, not that the event store was closed for it', async () => {
  // No folder can be made where a file is.
  await writeFile(join(dataDir, 'postgres'), '');
  await expect(start()).rejects.toThrow(/postgres/);
});

it('gives everything back when a part did not start, so that the next start succeeds', async () => {
  await writeFile(join(dataDir, 'postgres'), '');
  await expect(start()).rejects.toThrow();
  await rm(join(dataDir, 'postgres'));
  await (await start()).close();
});

it('says that the event store folder is in use by a server that runs alone', async () => {
  const folder = join(dataDir, 'eventstore');
  await mkdir(folder);
  const alone = await startEventStoreServer({ dataDir: folder, port: 0 });
  await expect(start()).rejects.toMatchObject({
    code: 'IMI_ERR_EMBEDDED_EVENT_STORE_FAILED',
    message: expect.stringContaining('in use by another server'),
  });
  await alone.close();
});
