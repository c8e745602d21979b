import { parentPort, workerData } from 'node:worker_threads';
import { startEventStoreServer } from './server.ts';
import type { WorkerOptions } from './start-in-worker.ts';

/** Body of the worker thread; an error that escapes ends the thread and reaches the parent. */
const server = await startEventStoreServer(workerData as WorkerOptions);

parentPort?.once('message', () => void server.close());
parentPort?.postMessage({ url: server.url, port: server.port });
