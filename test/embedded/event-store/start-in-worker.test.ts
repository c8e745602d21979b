import { closeSync, readdirSync, readlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startEventStoreInWorker } from '../../../src/embedded/event-store/start-in-worker.ts';
import { connectEventStore } from '../../../src/events/esdb-event-store.ts';
import { newEvent } from '../../events/event-store-contract.ts';
import { temporaryFolder } from './temporary-server.ts';

let dataDir: string;
const home = process.cwd();
beforeEach(async () => {
  dataDir = await temporaryFolder();
});
afterEach(async () => {
  process.chdir(home);
  await rm(dataDir, { recursive: true });
});

it('runs from any working directory and stops when it is closed', async () => {
  process.chdir(tmpdir());
  const worker = await startEventStoreInWorker({ dataDir, port: 0 });
  const store = connectEventStore(worker.url);
  expect(await store.append('s', 'no_stream', [newEvent()])).toMatchObject({ revision: 0 });
  await store.close();
  await worker.close();
  expect(await worker.stopped).toBeNull();
});

it('fails to start on a folder that is in use', async () => {
  const worker = await startEventStoreInWorker({ dataDir, port: 0 });
  await expect(startEventStoreInWorker({ dataDir, port: 0 })).rejects.toThrow(/in use by another/);
  await worker.close();
});

it.skipIf(process.platform !== 'linux')('reports that the thread has crashed', async () => {
  const worker = await startEventStoreInWorker({ dataDir, port: 0 });
  const store = connectEventStore(worker.url, { attempts: 1 });
  await store.append('s', 'no_stream', [newEvent()]);
  closeDescriptorOf(join(dataDir, 'events.log'));
  await expect(store.append('s', 0, [newEvent()])).rejects.toThrow();
  expect(await worker.stopped).toMatchObject({
    message: expect.stringMatching(/cannot be written/),
  });
  await store.close();
});

/** Takes the file from under the thread: descriptors belong to the process. */
function closeDescriptorOf(path: string): void {
  for (const descriptor of readdirSync('/proc/self/fd')) {
    try {
      if (readlinkSync(`/proc/self/fd/${descriptor}`) === path) closeSync(Number(descriptor));
    } catch {
      // The descriptor of the listing itself is gone by now.
    }
  }
}
