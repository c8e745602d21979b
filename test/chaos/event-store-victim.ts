import { join } from 'node:path';
import { type Program, startProgram } from '../support/program.ts';
import type { StoreVictim } from './victim.ts';

/** The development event store in a process of its own, its data under `folder`. */
export async function startEventStoreVictim(
  folder: string,
  compiled: string,
): Promise<StoreVictim> {
  let program: Program;
  let port = 0;
  const start = async () => {
    program = await startProgram({
      args: [join(compiled, 'embedded/event-store/serve.js')],
      env: { IMI_DATA_DIR: folder, IMI_EVENTSTORE_PORT: String(port) },
      isReady: (line) => line.includes('listening on'),
    });
    port = Number(/:(\d+)\?/.exec(program.readyLine)?.[1]);
  };
  const kill = async () => {
    program.signal('SIGKILL');
    await program.exited;
  };
  await start();
  return {
    name: 'event store',
    get port() {
      return port;
    },
    get url() {
      return `esdb://127.0.0.1:${port}?tls=false`;
    },
    start,
    kill,
    freeze: async () => program.signal('SIGSTOP'),
    thaw: async () => program.signal('SIGCONT'),
    close: kill,
  };
}
