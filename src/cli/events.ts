import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import type { RecordedEventResource } from '../http/schemas/recorded-event.ts';
import type { ApiClient } from './api-client.ts';
import { answer, answering, api, type OutputOptions, wholeNumber } from './command.ts';
import { exitCodeOf, exitCodes } from './failure.ts';
import { projectFilter } from './find.ts';
import { actorOf, sayEvents } from './history.ts';
import { plain, say, tell } from './output.ts';
import { sentEvents } from './server-sent-events.ts';

interface EventOptions extends OutputOptions {
  readonly follow?: true;
  readonly type?: string;
  readonly project?: string;
  readonly stream?: string;
  readonly actor?: string;
  readonly correlation?: string;
  readonly command?: string;
  readonly since?: string;
  readonly until?: string;
  readonly after?: string;
  readonly before?: string;
  readonly limit: number;
}

interface Page {
  readonly items: readonly RecordedEventResource[];
  readonly next: string | null;
}

const perPage = 500;
const comeBackMs = 1_000;

/** `imi events`, `imi events --follow` */
export function addEvents(program: Command): void {
  answering(program, 'events', 'what was recorded lately, or with --follow as it happens')
    .option('--follow', 'go on with what is recorded from now on, or after --after; one line each')
    .option('--type <type>', 'of this type, or with this beginning: imi.work.*')
    .option('--project <project>', 'id, remote origin or exact name')
    .option('--stream <stream>', 'in this stream, or with this beginning: work_item-*')
    .option('--actor <name>', 'asked for by')
    .option('--correlation <id>', 'with this correlation id')
    .option('--command <id>', 'of this command')
    .option('--since <time>', 'occurred at or after this time (RFC 3339, UTC)')
    .option('--until <time>', 'occurred at or before this time')
    .option('--after <position>', 'recorded after this position')
    .option('--before <position>', 'recorded before this position')
    .option('--limit <n>', 'how many of the newest', wholeNumber, 50)
    .action(async (options: EventOptions) => {
      const client = api();
      const project_id = await projectFilter(client, options.project);
      if (options.follow) return follow(client, options, project_id);
      const events = await newest(client, options, project_id);
      answer(options, events, () => sayEvents(events));
    });
}

/** The newest events that fit, oldest of them first. */
async function newest(
  client: ApiClient,
  { limit, before, after, type, stream, actor, since, until, ...ids }: EventOptions,
  project_id: string | undefined,
): Promise<RecordedEventResource[]> {
  const found: RecordedEventResource[] = [];
  for (let next: string | undefined = before; found.length < limit; ) {
    const page: Page = await client.get('/events', {
      ...{ type, stream, actor, since, until, project_id, after, before: next },
      ...{ correlation_id: ids.correlation, command_id: ids.command },
      limit: Math.min(perPage, limit - found.length),
    });
    found.push(...page.items);
    if (page.next === null) break;
    next = page.next;
  }
  return found.reverse();
}

/** Prints events as they come and comes back after every interruption, where it was. */
async function follow(
  client: ApiClient,
  options: EventOptions,
  project_id: string | undefined,
): Promise<void> {
  const stopped = new AbortController();
  process.once('SIGINT', () => stopped.abort());
  process.once('SIGTERM', () => stopped.abort());
  const query = { type: options.type, project_id, after: options.after };
  let last: string | null = null;
  let connected = false;
  while (!stopped.signal.aborted) {
    try {
      const headers: Record<string, string> = last === null ? {} : { 'last-event-id': last };
      const body = await client.open('/events/stream', query, { signal: stopped.signal, headers });
      if (!connected) tell('Following; stop with Ctrl-C');
      connected = true;
      for await (const { id, event, data } of sentEvents(body)) {
        if (event === 'message' && data !== null) sayEvent(JSON.parse(data), options);
        last = id ?? last;
      }
    } catch (error) {
      if (stopped.signal.aborted) return;
      const lost = exitCodeOf(error) === exitCodes.away || error instanceof TypeError;
      if (!connected || !lost) throw error;
    }
    await delay(comeBackMs, undefined, { signal: stopped.signal }).catch(() => undefined);
  }
}

function sayEvent(event: RecordedEventResource, { json }: OutputOptions): void {
  if (json) {
    say(JSON.stringify(event));
    return;
  }
  const { position, occurred_at, type, stream } = event;
  say([position, occurred_at, type, stream, actorOf(event)].map(plain).join('  '));
}
