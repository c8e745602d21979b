import type { RecordedEvent } from '../../src/events/event-store.ts';
import { toUuid } from '../../src/events/ids.ts';
import type { Entry } from './ledger.ts';

export interface Reckoning {
  /** Acknowledged, and without an outcome in the store. */
  readonly lost: readonly string[];
  /** With more than one outcome in the store. */
  readonly doubled: readonly string[];
  /** Not acknowledged to anybody, and carried out all the same: allowed, once. */
  readonly unacknowledged: number;
}

const bookkeeping = new Set(['command.claimed', 'reservation.claimed', 'reservation.voided']);

/** Compares what was acknowledged with what stands in the store, command by command. */
export function reckon(entries: Iterable<Entry>, events: readonly RecordedEvent[]): Reckoning {
  const outcomes = new Map<string, RecordedEvent[]>();
  for (const event of events) {
    if (bookkeeping.has(event.type) || event.streamId.startsWith('reservation-')) continue;
    const { command_id } = event.metadata;
    const known = outcomes.get(command_id);
    if (known) known.push(event);
    else outcomes.set(command_id, [event]);
  }
  const lost: string[] = [];
  const doubled: string[] = [];
  let unacknowledged = 0;
  for (const { id, key, acknowledged } of entries) {
    const written = outcomes.get(toUuid(id)) ?? [];
    if (written.length === 0 && acknowledged) lost.push(`${key} ${id}`);
    if (written.length > 0 && !acknowledged) unacknowledged += 1;
    if (!isOneOutcome(written)) doubled.push(`${key} ${id}: ${written.map(placeOf).join(', ')}`);
  }
  return { lost, doubled: [...doubled, ...secondEnds(events)], unacknowledged };
}

/** What one append writes: side by side in one stream, nothing twice. */
function isOneOutcome(written: readonly RecordedEvent[]): boolean {
  const [first] = written;
  return written.every(
    (event, i) =>
      event.streamId === first?.streamId &&
      event.revision === first.revision + i &&
      written.findIndex(({ type }) => type === event.type) === i,
  );
}

/** Work that began or ended twice, whatever commands did it: policies' own included. */
function secondEnds(events: readonly RecordedEvent[]): string[] {
  const seen = new Set<string>();
  return events.flatMap(({ type, streamId }) => {
    if (type !== 'imi.work.completed' && type !== 'imi.work.started') return [];
    const what = `${type} in ${streamId}`;
    if (seen.has(what)) return [what];
    seen.add(what);
    return [];
  });
}

const placeOf = ({ type, streamId, revision }: RecordedEvent): string =>
  `${type} at ${streamId}@${revision}`;
