#!/usr/bin/env node
import { Command } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { addCompletion } from './completion.ts';
import { addComponents } from './components.ts';
import { addDlq } from './dlq.ts';
import { addEvents } from './events.ts';
import { exitCodeOf, exitCodes, explain } from './failure.ts';
import { addHealth } from './health.ts';
import { addHistory } from './history.ts';
import { addLink } from './link.ts';
import { addMigrate } from './migrate.ts';
import { addProjections, addReplay } from './projections.ts';
import { addProjects } from './projects.ts';
import { addStats } from './stats.ts';
import { addTrace } from './trace.ts';
import { addWork } from './work.ts';

const help = `
Environment:
  IMI_API_URL   where the service listens (default: http://127.0.0.1:8400)
  IMI_API_KEY   the key to ask it with
  NO_COLOR      no bold text

Exit codes:
  ${exitCodes.done}  done
  ${exitCodes.refused}  refused or failed; also: not healthy, rows that differ, events still parked
  ${exitCodes.usage}  called in a way that cannot work
  ${exitCodes.away}  the service, or a store, is away`;

const program = new Command('imi')
  .description('iMi, the project registry: what exists, what is happening, where it came from')
  .version(packageJson.version)
  .showHelpAfterError('(add --help to see what it takes)')
  .addHelpText('after', help)
  .exitOverride();

for (const add of [
  ...[addProjects, addWork, addLink, addTrace, addComponents, addStats],
  ...[
    addHistory,
    addEvents,
    addHealth,
    addMigrate,
    addProjections,
    addReplay,
    addDlq,
    addCompletion,
  ],
]) {
  add(program);
}

// A reader that has seen enough, such as head(1).
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? exitCodes.done : exitCodes.refused);
});

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(explain(error, process.argv.includes('--json')));
  process.exitCode = exitCodeOf(error);
});
