import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TestProject } from 'vitest/node';
import { createServiceHost } from './service-host.ts';
import { removeLeftFolders } from './test-folder.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where test files ask for services (`test/services/ask.ts`). */
    imiServices: string;
  }
}

/**
 * vitest's global set-up: a door on 127.0.0.1 through which test files, each in a process of its
 * own, ask this process for services. The services are children of this process that end with it,
 * however it ends.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await removeLeftFolders();
  const host = createServiceHost();
  const door = createServer(async (request, response) => {
    try {
      const handle = host.requests[request.url?.slice(1) ?? ''];
      if (handle === undefined) throw new Error(`no service ${request.url}`);
      const answer = await handle(await text(request));
      response.end(JSON.stringify(answer ?? null));
    } catch (error) {
      response.statusCode = 500;
      response.end(error instanceof Error ? error.stack : String(error));
    }
  });
  // A first start may install packages: longer than Node's default limits.
  door.requestTimeout = 0;
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  project.provide('imiServices', `http://127.0.0.1:${(door.address() as AddressInfo).port}`);
  return async () => {
    door.closeAllConnections();
    door.close();
    await host.close();
  };
}
