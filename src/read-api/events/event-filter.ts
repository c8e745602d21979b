import { publicPrefix } from '../../events/catalogue.ts';
import type { RecordedEvent } from '../../events/event-store.ts';
import { toUuid } from '../../events/ids.ts';

/** What events can be narrowed by; an absent field narrows nothing. */
export interface EventFilter {
  /** The type, or the beginning of it followed by `*`. */
  readonly type?: string | undefined;
  /** The stream, or the beginning of its name followed by `*`. */
  readonly stream?: string | undefined;
  readonly project_id?: string | undefined;
  /** Ids of commands and correlations are looked for as the sender wrote them or as UUIDs. */
  readonly correlation_id?: string | undefined;
  readonly command_id?: string | undefined;
  readonly actor?: string | undefined;
  /** RFC 3339; when it occurred, not when it was recorded. Both ends are included. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

type Matches = (event: RecordedEvent) => boolean;

/** Tells the public events that fit a filter from all others. */
export function matcherOf(filter: EventFilter): Matches {
  const { type, stream, project_id, correlation_id, command_id, actor, since, until } = filter;
  const given: (Matches | undefined)[] = [
    (event) => event.type.startsWith(publicPrefix),
    when(type, (wanted) => pattern(wanted, (event) => event.type)),
    when(stream, (wanted) => pattern(wanted, (event) => event.streamId)),
    when(
      project_id,
      (id) =>
        ({ data }) =>
          data.project_id === id || data.parent_project_id === id,
    ),
    when(correlation_id, (id) => sameId(id, (event) => event.metadata.$correlationId)),
    when(command_id, (id) => sameId(id, (event) => event.metadata.command_id)),
    when(actor, (name) => (event) => event.metadata.actor === name),
    when(since, (time) => occurred((at) => at >= Date.parse(time))),
    when(until, (time) => occurred((at) => at <= Date.parse(time))),
  ];
  const tests = given.filter((test) => test !== undefined);
  return (event) => tests.every((test) => test(event));
}

/** The one stream that a filter asks for, or null when it may be several. */
export const oneStream = ({ stream }: EventFilter): string | null =>
  stream === undefined || stream.endsWith('*') ? null : stream;

const when = (value: string | undefined, test: (value: string) => Matches): Matches | undefined =>
  value === undefined ? undefined : test(value);

function pattern(wanted: string, read: (event: RecordedEvent) => string): Matches {
  if (!wanted.endsWith('*')) return (event) => read(event) === wanted;
  const prefix = wanted.slice(0, -1);
  return (event) => read(event).startsWith(prefix);
}

function sameId(wanted: string, read: (event: RecordedEvent) => string): Matches {
  const id = toUuid(wanted);
  return (event) => read(event) === id;
}

const occurred =
  (fits: (milliseconds: number) => boolean): Matches =>
  (event) =>
    fits(Date.parse(event.metadata.occurred_at));
