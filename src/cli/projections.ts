import type { Command } from 'commander';
import type { RowDifference } from '../projections/diff-generations.ts';
import type { ReplayResult } from '../projections/replay.ts';
import { answer, answering, type OutputOptions } from './command.ts';
import { exitCodes, UsageError } from './failure.ts';
import { plain, say, sayFields, sayTable } from './output.ts';

// What works on the stores is loaded when it is needed: most commands only talk HTTP, and agents
// start them by the thousand.

/** `imi projections …`: for operators, on the stores themselves. */
export function addProjections(program: Command): void {
  const projections = program
    .command('projections')
    .description(
      'the read models, on the stores that IMI_DATABASE_URL and IMI_EVENTSTORE_URL name',
    );

  answering(projections, 'status', 'how far the read models are, and what is parked').action(
    async (options: OutputOptions) => {
      const { readStatus } = await import('./projection-work.ts');
      const status = await readStatus();
      answer(options, status, () => {
        const { parked, ...fields } = status;
        sayFields(
          Object.fromEntries(
            Object.entries(fields).map(([name, value]) => [name.replace('_', ' '), value]),
          ),
        );
        if (parked.length === 0) return;
        say();
        sayTable(
          ['PARKED STREAM', 'EVENTS', 'SINCE', 'WHY'],
          parked.map(({ stream_id, events, since, error }) => [stream_id, events, since, error]),
          '',
        );
      });
    },
  );

  answering(projections, 'rebuild', 'build the read models from nothing, then swap them in')
    .option('--diff', 'only show which rows would change; "rebuild" then swaps in what was built')
    .action(async ({ diff, ...options }: OutputOptions & { readonly diff?: true }) => {
      const work = await import('./projection-work.ts');
      if (diff) {
        answerDifferences(options, await work.rehearse(), 'No row would change');
        return;
      }
      const done = await work.rebuild();
      answer(options, done, () =>
        say(`Rebuilt up to position ${done.position ?? '-'}; the old ones stay in ${done.retired}`),
      );
    });

  answering(
    projections,
    'verify',
    'compare the read models with a rebuild; ends with 1 when rows differ',
  ).action(async (options: OutputOptions) => {
    const { verify } = await import('./projection-work.ts');
    answerDifferences(options, await verify(), 'Every row is as a rebuild makes it');
  });
}

function answerDifferences(
  options: OutputOptions,
  differences: readonly RowDifference[],
  none: string,
): void {
  answer(options, { equal: differences.length === 0, differences }, () => {
    sayTable(['TABLE', 'ROW', 'COLUMN', 'LIVE', 'REBUILT'], differences.flatMap(linesOf), none);
  });
  if (differences.length > 0) process.exitCode = exitCodes.refused;
}

/** A line for each column that differs, or one for a row that is missing on one side. */
function linesOf({ table, key, live, rebuilt }: RowDifference): readonly string[][] {
  if (live === null || rebuilt === null) {
    return [[table, key, '(row)', live ? 'there' : 'missing', rebuilt ? 'there' : 'missing']];
  }
  const names = [...new Set([...Object.keys(live), ...Object.keys(rebuilt)])].sort();
  return names.map((name) => [table, key, name, valueText(live[name]), valueText(rebuilt[name])]);
}

const valueText = (value: unknown): string => {
  const text = value === undefined ? '(no column)' : JSON.stringify(value);
  return text.length > longestValue ? `${text.slice(0, longestValue)}…` : text;
};

const longestValue = 60;

/** `imi replay [stream]` */
export function addReplay(program: Command): void {
  answering(program, 'replay', 'project the parked events of a stream again, in order')
    .argument('[stream]', 'such as work_item-<id>; "imi projections status" names them')
    .option('--all', 'of every parked stream')
    .action(
      async (stream: string | undefined, { all, ...options }: OutputOptions & { all?: true }) => {
        if ((stream === undefined) !== (all === true)) {
          throw new UsageError('Name a stream, or say --all');
        }
        const { replay, replayAll } = await import('./projection-work.ts');
        if (stream !== undefined) {
          const result = await replay(stream);
          answer(options, result, () => sayReplayed(stream, result));
          if (result.remaining > 0) process.exitCode = exitCodes.refused;
          return;
        }
        const streams = await replayAll();
        answer(options, { streams }, () => {
          if (streams.length === 0) say('Nothing is parked');
          for (const { stream_id, ...result } of streams) sayReplayed(stream_id, result);
        });
        if (streams.some(({ remaining }) => remaining > 0)) process.exitCode = exitCodes.refused;
      },
    );
}

function sayReplayed(stream: string, { replayed, remaining, error }: ReplayResult): void {
  if (replayed === 0 && remaining === 0) say(`Nothing is parked in ${stream}`);
  else say(`${stream}: ${replayed} replayed, ${remaining} still parked`);
  if (error !== null) say(`Stopped at: ${plain(error)}`);
}
