import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../src/embedded/postgres.ts';
import { startRabbit } from '../test/services/start-rabbit.ts';
import { removeLeftFolders, testFolder } from '../test/services/test-folder.ts';
import { compileApp } from '../test/support/compiled-app.ts';
import { type Program, startProgram } from '../test/support/program.ts';

/** The servers that iMi runs on, private and real, and iMi compiled; all under one folder. */
export interface Stand {
  readonly folder: string;
  readonly databaseUrl: string;
  readonly rabbitUrl: string;
  readonly eventStoreUrl: string;
  readonly eventStore: Program;
  /** `src/` as JavaScript, as it was when the bench began. */
  readonly compiled: string;
  /** Stops the servers and removes the folder. */
  close(): Promise<void>;
}

export interface StandOptions {
  /** Arguments for the Node of the event store. */
  readonly eventStoreArgs?: readonly string[];
}

/** Starts PostgreSQL (durable), the event store in a process of its own, and RabbitMQ. */
export async function startStand({ eventStoreArgs = [] }: StandOptions = {}): Promise<Stand> {
  await removeLeftFolders();
  const folder = await testFolder('bench');
  const closers: (() => Promise<unknown>)[] = [
    () => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }),
  ];
  const close = async () => {
    for (const closer of closers.reverse()) await closer();
  };
  try {
    const compiled = await compileApp(join(folder, 'app'));
    const rabbit = await startRabbit();
    closers.push(() => rabbit.close());
    const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') });
    closers.push(() => postgres.close());
    const eventStore = await startEventStore(compiled, folder, eventStoreArgs);
    closers.push(() => eventStore.stop());
    const { url: databaseUrl } = postgres;
    return {
      folder,
      databaseUrl,
      rabbitUrl: rabbit.url,
      eventStoreUrl: eventStore.url,
      eventStore,
      compiled,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

export interface EventStoreProgram extends Program {
  readonly url: string;
}

/** The embedded event store in a process of its own, on the folder `eventstore` under `dataDir`. */
export async function startEventStore(
  compiled: string,
  dataDir: string,
  nodeArgs: readonly string[] = [],
): Promise<EventStoreProgram> {
  const program = await startProgram({
    args: [...nodeArgs, join(compiled, 'embedded/event-store/serve.js')],
    env: { IMI_DATA_DIR: dataDir, IMI_EVENTSTORE_PORT: '0' },
    isReady: (line) => line.includes('listening on'),
  });
  return { ...program, url: /esdb:\S+/.exec(program.readyLine)?.[0] ?? '' };
}
