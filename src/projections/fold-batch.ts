import type { Kysely } from 'kysely';
import type { ImiEvent } from '../events/catalogue.ts';
import { ComponentFold } from './component-fold.ts';
import type { Tables } from './database.ts';
import { DeployFold } from './deploy-fold.ts';
import type { IncomingEvent } from './incoming.ts';
import { type ParkedEvent, parkReason, queuedBehind } from './parking.ts';
import { ProjectFold } from './project-fold.ts';
import type { RowFold } from './row-fold.ts';
import { TicketFold } from './ticket-fold.ts';
import { UntrackedFold } from './untracked-fold.ts';
import { WorkItemFold } from './work-item-fold.ts';

/**
 * Folds events, oldest first, into the rows of a generation and answers those that have to be
 * parked: what cannot be decoded or folded, and all that follows in the same stream or in a stream
 * of `parkedStreams`. To be called in the transaction that moves the checkpoint.
 */
export async function foldBatch(
  trx: Kysely<Tables>,
  schema: string,
  events: readonly IncomingEvent[],
  parkedStreams: ReadonlySet<string>,
): Promise<readonly ParkedEvent[]> {
  const folds: readonly RowFold[] = [
    new ProjectFold(),
    new WorkItemFold(),
    new DeployFold(),
    new ComponentFold(),
    new TicketFold(),
    new UntrackedFold(),
  ];
  const foldOf = (event: ImiEvent) => folds.find((fold) => fold.handles(event));

  for (const fold of folds) {
    const concerned = events.flatMap(({ event }) => (event && fold.handles(event) ? [event] : []));
    if (concerned.length > 0) await fold.load(trx, schema, concerned);
  }

  const stopped = new Set(parkedStreams);
  const parked: ParkedEvent[] = [];
  for (const { recorded, event, error } of events) {
    if (stopped.has(recorded.streamId)) {
      parked.push({ recorded, error: queuedBehind });
      continue;
    }
    try {
      if (event === null) throw error;
      foldOf(event)?.apply(event);
    } catch (reason) {
      stopped.add(recorded.streamId);
      parked.push({ recorded, error: parkReason(reason as Error) });
    }
  }

  for (const fold of folds) await fold.write(trx, schema);
  return parked;
}
