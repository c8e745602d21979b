import { join, resolve } from 'node:path';
import { type Program, startProgram } from '../test/support/program.ts';
import type { Stand } from './stand.ts';

export const exchange = 'bloodbank.events.v1';

export interface Imi extends Program {
  /** Where it listens. */
  readonly url: string;
}

type Settings = Readonly<Record<string, string>>;

/** iMi compiled, on the servers of the stand, as it would run in production. */
export const startOnStand = (
  stand: Stand,
  settings: Settings = {},
  nodeArgs: readonly string[] = [],
): Promise<Imi> =>
  start([...nodeArgs, join(stand.compiled, 'main.js')], {
    IMI_EVENTSTORE_URL: stand.eventStoreUrl,
    IMI_DATABASE_URL: stand.databaseUrl,
    IMI_RABBITMQ_URL: stand.rabbitUrl,
    IMI_EXCHANGE_NAME: exchange,
    IMI_DATA_DIR: join(stand.folder, 'imi'),
    ...settings,
  });

/** iMi with everything embedded: from its sources like `npm start`, or compiled. */
export const startEmbedded = (dataDir: string, compiled?: string): Promise<Imi> =>
  start(
    compiled === undefined
      ? ['--import', 'tsx', resolve(import.meta.dirname, '../src/main.ts')]
      : [join(compiled, 'main.js')],
    { IMI_DATA_DIR: dataDir },
  );

async function start(args: readonly string[], settings: Settings): Promise<Imi> {
  const program = await startProgram({
    args,
    env: { NODE_ENV: 'production', IMI_PORT: '0', ...settings },
    isReady: (line) => line.includes('"iMi is ready"'),
  });
  return { ...program, url: JSON.parse(program.readyLine).url };
}
