import { join } from 'node:path';
import { letHeapGrow } from '../../heap-size.ts';
import { startEventStoreServer } from './server.ts';

/** Stand-alone entry: `npm run eventstore`. */
async function serve(): Promise<void> {
  const dataDir = join(process.env.IMI_DATA_DIR ?? '.imi', 'eventstore');
  const port = portFrom(process.env.IMI_EVENTSTORE_PORT);
  const server = await startEventStoreServer({ dataDir, port, onFailure: stop });
  process.stdout.write(
    `Event store for development and tests listening on ${server.url} (data in ${dataDir})\n`,
  );
  letHeapGrow();
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => void server.close().then(() => process.exit(0), stop));
}

function portFrom(text = '2113'): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Error(`IMI_EVENTSTORE_PORT must be a port number, not '${text}'.`);
}

function stop(error: unknown): never {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

await serve().catch(stop);
