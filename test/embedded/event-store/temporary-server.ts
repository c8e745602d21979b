import { rm } from 'node:fs/promises';
import { startEventStoreServer } from '../../../src/embedded/event-store/server.ts';
import { testFolder } from '../../services/test-folder.ts';

export interface TemporaryServer {
  readonly url: string;
  readonly dataDir: string;
  /** Stops the server and deletes its data. */
  remove(): Promise<void>;
}

export function temporaryFolder(): Promise<string> {
  return testFolder('eventstore');
}

/** A server in this process on a folder of its own. */
export async function temporaryServer(): Promise<TemporaryServer> {
  const dataDir = await temporaryFolder();
  const server = await startEventStoreServer({ dataDir, port: 0 });
  return {
    url: server.url,
    dataDir,
    remove: async () => {
      await server.close();
      await rm(dataDir, { recursive: true });
    },
  };
}
