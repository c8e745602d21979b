import { isUtf8 } from 'node:buffer';
import { Argument, type Command, Option } from 'commander';
import type { DeadLetter } from '../bloodbank/dead-letter-record.ts';
import type { DeadLetterBody } from '../bloodbank/dead-letters.ts';
import { consumedQueues } from '../bloodbank/topology.ts';
import { ImiError } from '../errors.ts';
import type { JsonObject } from '../events/event-store.ts';
import { redact, redactText } from '../redact.ts';
import { answer, answering, type OutputOptions, wholeNumber } from './command.ts';
import type { Selection, Settled } from './dead-letter-work.ts';
import { UsageError } from './failure.ts';
import { say, sayFields, sayTable } from './output.ts';

type Chosen = OutputOptions & Pick<Selection, 'id' | 'code'> & { readonly all?: true };

/** `imi dlq …`: for operators, on the broker itself. */
export function addDlq(program: Command): void {
  const dlq = program
    .command('dlq')
    .description('messages set aside, on the broker that IMI_RABBITMQ_URL names');

  onQueue(answering(dlq, 'list', 'how many there are, since when and why')).action(
    async (queue: Selection['queue'], options: OutputOptions) => {
      const work = await import('./dead-letter-work.ts');
      const queues = await work.list(only(queue));
      answer(options, { queues }, () =>
        sayTable(
          ['QUEUE', 'DEAD LETTERS', 'OLDEST', 'WHY'],
          queues.map(({ dead_letter_queue, messages, looked_at, oldest, codes }) => [
            ...[dead_letter_queue, messages, oldest],
            Object.entries(codes)
              .map(([code, count]) => `${count} ${code}`)
              .concat(looked_at < messages ? [`${messages - looked_at} not looked at`] : [])
              .join(', '),
          ]),
          'No dead-letter queue was declared yet',
        ),
      );
    },
  );

  selecting(onQueue(answering(dlq, 'show', 'show them; they stay where they are')))
    .option('--limit <number>', 'at most this many of each queue', wholeNumber, 20)
    .option('--raw', 'the bodies as they came; without, what looks like a secret is left out')
    .action(
      async (
        queue: Selection['queue'],
        { limit, raw, ...options }: Chosen & { readonly limit: number; readonly raw?: true },
      ) => {
        const work = await import('./dead-letter-work.ts');
        const letters = await work.show({ ...only(queue), ...selectionOf(options) }, limit);
        if (letters.length === 0 && options.id !== undefined) throw unknownId(options.id);
        const shown = letters.map((letter) => shownLetter(letter, raw === true));
        answer(options, { dead_letters: shown }, () => sayLetters(shown));
      },
    );

  settling(
    answering(dlq, 'replay', 'send them back to their queue, where they are tried again'),
  ).action(async (queue: Selection['queue'], options: Chosen) => {
    const selection = { ...only(queue), ...chosen(options) };
    const work = await import('./dead-letter-work.ts');
    tellSettled(await work.replay(selection), 'replayed', options);
  });

  settling(answering(dlq, 'drop', 'remove them for good'))
    .option('--yes', 'yes, for good')
    .action(async (queue: Selection['queue'], options: Chosen & { readonly yes?: true }) => {
      const selection = { ...only(queue), ...chosen(options) };
      if (!options.yes) throw new UsageError('What is dropped is gone: add --yes if you mean it');
      const work = await import('./dead-letter-work.ts');
      tellSettled(await work.drop(selection), 'dropped', options);
    });
}

const onQueue = (command: Command): Command =>
  command.addArgument(
    new Argument('[queue]', 'the queue they were set aside from (default: every queue)').choices(
      consumedQueues,
    ),
  );

const selecting = (command: Command): Command =>
  command
    .addOption(new Option('--id <id>', 'the one that "imi dlq show" calls so'))
    .addOption(new Option('--code <code>', 'those with this code, such as handler_failed'));

const settling = (command: Command): Command =>
  selecting(onQueue(command)).option('--all', 'all of them');

const only = (queue: Selection['queue']): Selection => (queue === undefined ? {} : { queue });

const selectionOf = ({ id, code }: Chosen): Selection => ({
  ...(id !== undefined && { id }),
  ...(code !== undefined && { code }),
});

/** Nothing is meant by saying nothing. */
function chosen({ all, ...options }: Chosen): Selection {
  const selection = selectionOf(options);
  if (Object.keys(selection).length > 0 === (all === true)) {
    throw new UsageError('Say which: --id, --code, or --all');
  }
  return selection;
}

function tellSettled(settled: readonly Settled[], done: string, options: Chosen): void {
  const total = settled.reduce((sum, { messages }) => sum + messages, 0);
  if (total === 0 && options.id !== undefined) throw unknownId(options.id);
  answer(options, { [done]: total, queues: settled.filter(({ messages }) => messages > 0) }, () =>
    say(`${total} ${done}`),
  );
}

const unknownId = (id: string): ImiError =>
  new ImiError(
    'NOT_FOUND',
    `No dead letter has the id ${id}; "imi dlq show" names those there are`,
  );

interface ShownLetter extends DeadLetter {
  readonly body?: string | JsonObject;
  readonly body_base64?: string;
}

function shownLetter({ letter, body }: DeadLetterBody, raw: boolean): ShownLetter {
  if (!isUtf8(body)) return { ...letter, ...(raw && { body_base64: body.toString('base64') }) };
  const text = body.toString('utf8');
  return { ...letter, body: raw ? text : safeBody(text) };
}

function safeBody(text: string): string | JsonObject {
  try {
    return redact(JSON.parse(text));
  } catch {
    return redactText(text.slice(0, 2_000)).slice(0, 500);
  }
}

function sayLetters(letters: readonly ShownLetter[]): void {
  if (letters.length === 0) say('No dead letters');
  for (const [index, letter] of letters.entries()) {
    if (index > 0) say();
    const { body, body_base64, ...fields } = letter;
    const text = typeof body === 'object' ? JSON.stringify(body) : body;
    sayFields({ ...fields, body: text ?? body_base64 ?? 'not UTF-8; --raw shows it in base64' });
  }
}
