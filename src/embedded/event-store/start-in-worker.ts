import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { EventStoreServer, EventStoreServerOptions } from './server.ts';

export type WorkerOptions = Omit<EventStoreServerOptions, 'onFailure'>;

export interface EventStoreWorker extends EventStoreServer {
  /** Settles when the worker is gone: with null after `close()`, with the reason otherwise. */
  readonly stopped: Promise<Error | null>;
}

/**
 * Starts the event store server in a thread of its own, so that its work and that of the service do
 * not wait for each other. Runs from sources (tsx, vitest) and compiled.
 * @throws what `startEventStoreServer` throws.
 */
export async function startEventStoreInWorker(options: WorkerOptions): Promise<EventStoreWorker> {
  const fromSource = import.meta.url.endsWith('.ts');
  const worker = new Worker(new URL(fromSource ? './worker.ts' : './worker.js', import.meta.url), {
    workerData: options,
    execArgv: fromSource ? ['--import', tsxLoader()] : [],
  });
  let closing = false;
  const stopped = new Promise<Error | null>((resolve) => {
    worker.once('error', (error) => resolve(error as Error));
    worker.once('exit', (code) =>
      resolve(closing ? null : new Error(`The event store thread ended by itself (code ${code}).`)),
    );
  });
  const started = new Promise<{ url: string; port: number }>((resolve) =>
    worker.once('message', resolve),
  );
  const first = await Promise.race([started, stopped]);
  if (first === null || first instanceof Error)
    throw first ?? new Error('The event store is closed.');
  return {
    ...first,
    stopped,
    close: async () => {
      closing = true;
      worker.postMessage('close');
      await stopped;
    },
  };
}

/** By its file: a bare `--import tsx` would be looked up from the working directory. */
function tsxLoader(): string {
  return pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
}
