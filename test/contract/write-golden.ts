import { eventContracts } from '../../src/contract/event-contracts.ts';
import { writeGolden } from './golden.ts';

// `npm run golden`: one line for each golden file that was written or cannot be.
for (const { name, state } of await writeGolden(eventContracts)) {
  if (state.kind === 'new' || state.kind === 'extended') {
    process.stdout.write(`${state.kind}: ${name}\n`);
  }
  if (state.kind === 'broken') {
    const breaks = state.breaks.map((line) => `  ${line}\n`).join('');
    process.stderr.write(`broken, needs a new version: ${name}\n${breaks}`);
    process.exitCode = 1;
  }
}
