import { join } from 'node:path';
import { startProgram } from '../../test/support/program.ts';
import { perSecond } from '../stats.ts';

const events = 20_000;

/**
 * emmett rebuilds a projection that writes the row of a work item for each git state; answers events
 * a second. It keeps no versions of the row and has one table to fill.
 */
export async function emmettRebuild(databaseUrl: string): Promise<number> {
  const program = await startProgram({
    args: ['--import', 'tsx', join(import.meta.dirname, 'emmett-rebuild.ts')],
    env: { PEER_DATABASE_URL: databaseUrl, PEER_EVENTS: String(events) },
    isReady: (line) => line.startsWith('rebuilt in'),
  });
  await program.exited;
  return perSecond(events, Number(/[\d.]+/.exec(program.readyLine)?.[0]));
}
