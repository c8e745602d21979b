import { join } from 'node:path';
import type { Connector } from '../bloodbank/connection.ts';
import type { Config } from '../config.ts';
import { type DataDirLock, lockDataDir } from './data-dir-lock.ts';
import { EmbeddedError } from './embedded-error.ts';

/** The outside that iMi runs on: what the settings name, and what is embedded in its place. */
export interface Surroundings {
  readonly eventStoreUrl: string;
  readonly databaseUrl: string;
  /** Null when `IMI_RABBITMQ_URL` is given. */
  readonly bus: Connector | null;
  /** What is embedded, in words for a person. */
  readonly embedded: readonly string[];
  /** Rejects when an embedded part has ended without being told to. */
  readonly failure: Promise<never>;
  /** Stops the embedded parts. */
  close(): Promise<void>;
}

type Wanted = Pick<Config, 'dataDir' | 'eventStoreUrl' | 'databaseUrl' | 'rabbitmqUrl'>;

/**
 * Starts, under `IMI_DATA_DIR`, each store whose URL is not given. For development, demos and tests:
 * production brings its own EventStoreDB, PostgreSQL and RabbitMQ, and loads nothing of these.
 * Throws `EmbeddedError` when the folder is in use or a part cannot run here.
 */
export async function startSurroundings(config: Wanted): Promise<Surroundings> {
  const { dataDir } = config;
  const embedded: string[] = [];
  const closers: (() => Promise<unknown>)[] = [];
  const failures: Promise<never>[] = [];
  const close = async () => {
    for (const closer of closers.reverse()) await closer();
  };
  const needsFolder = config.eventStoreUrl === undefined || config.databaseUrl === undefined;
  const lock: DataDirLock | null = needsFolder ? await lockDataDir(dataDir) : null;
  if (lock) closers.push(() => lock.release());
  try {
    const starting = [
      config.eventStoreUrl ?? eventStore(),
      config.databaseUrl ?? postgres(),
    ] as const;
    // Each to its end: what has started by then is closed when the other could not.
    await Promise.allSettled(starting);
    const [eventStoreUrl, databaseUrl] = await Promise.all(starting);
    const bus = config.rabbitmqUrl === undefined ? inProcessBus : null;
    if (bus) embedded.push('Bloodbank: in this process, forgotten when it ends');
    return {
      eventStoreUrl,
      databaseUrl,
      bus,
      embedded,
      failure: unheard(Promise.race(failures)),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }

  async function eventStore(): Promise<string> {
    const folder = join(dataDir, 'eventstore');
    const { startEventStoreInWorker } = await import('./event-store/start-in-worker.ts');
    const server = await startEventStoreInWorker({ dataDir: folder, port: 0 }).catch(notStarted);
    closers.push(() => server.close());
    embedded.push(`event store: development server on ${folder}`);
    failures.push(unheard(ended('event store', server.stopped)));
    return server.url;
  }

  async function postgres(): Promise<string> {
    const folder = join(dataDir, 'postgres');
    const { startEmbeddedPostgres } = await import('./postgres.ts');
    const server = await startEmbeddedPostgres({ dataDir: folder });
    closers.push(() => server.close());
    embedded.push(`PostgreSQL: ${folder}`);
    failures.push(unheard(ended('PostgreSQL', server.exited)));
    return server.url;
  }
}

const inProcessBus: Connector = async () => (await import('./bus.ts')).connectInProcessBus();

/** A failure that nobody may be listening to: not yet during the start, no longer during the end. */
function unheard(failure: Promise<never>): Promise<never> {
  failure.catch(() => {});
  return failure;
}

function notStarted(error: Error): never {
  throw new EmbeddedError(
    'IMI_ERR_EMBEDDED_EVENT_STORE_FAILED',
    `The embedded event store did not start: ${error.message}`,
    { cause: error },
  );
}

async function ended(part: string, end: Promise<unknown>): Promise<never> {
  const why = await end;
  throw new Error(`The embedded ${part} has ended: ${String(why)}`);
}
