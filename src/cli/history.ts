import type { Command } from 'commander';
import type { RecordedEventResource } from '../http/schemas/recorded-event.ts';
import { segment } from './api-client.ts';
import { answer, answering, api, type OutputOptions, wholeNumber } from './command.ts';
import { say, sayTable } from './output.ts';

interface HistoryOptions extends OutputOptions {
  readonly from: number;
  readonly limit: number;
}

interface History {
  readonly items: readonly RecordedEventResource[];
  readonly next_revision: number | null;
}

/** `imi history <entity> <id>` */
export function addHistory(program: Command): void {
  answering(program, 'history', 'what was recorded of one entity, oldest first')
    .argument('<entity>', 'project, work_item, …')
    .argument('<id>', 'its id')
    .option('--from <revision>', 'begin with this revision', wholeNumber, 0)
    .option('--limit <n>', 'how many', wholeNumber, 100)
    .action(async (entity: string, id: string, { from, limit, ...options }: HistoryOptions) => {
      const path = `/history/${segment(entity)}/${segment(id)}`;
      const history = await api().get<History>(path, { from_revision: from, limit });
      answer(options, history, () => {
        sayEvents(history.items);
        if (history.next_revision !== null) say(`More with --from ${history.next_revision}`);
      });
    });
}

/** Writes events, one to a line. */
export const sayEvents = (events: readonly RecordedEventResource[]): void =>
  sayTable(
    ['POSITION', 'OCCURRED', 'TYPE', 'STREAM', 'ACTOR'],
    events.map((event) => [
      ...[event.position, event.occurred_at, event.type, event.stream, actorOf(event)],
    ]),
    'No events',
  );

/** Who asked for an event. */
export const actorOf = ({ metadata }: RecordedEventResource): string =>
  typeof metadata.actor === 'string' ? metadata.actor : '-';
