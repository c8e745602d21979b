import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ImiEvent } from '../events/catalogue.ts';
import { ComponentFold } from './component-fold.ts';
import { DeployFold } from './deploy-fold.ts';
import type { Generation } from './generation.ts';
import type { IncomingEvent } from './incoming.ts';
import { type ParkedEvent, parkReason, queuedBehind } from './parking.ts';
import { ProjectFold } from './project-fold.ts';
import type { Change, RowFold } from './row-fold.ts';
import { TicketFold } from './ticket-fold.ts';
import { UntrackedFold } from './untracked-fold.ts';
import { WorkItemFold } from './work-item-fold.ts';

/** Events folded in one turn of the event loop: the database waits for its next statement meanwhile. */
const atOnce = 250;

/** What a batch comes to. */
export interface Folded {
  readonly parked: readonly ParkedEvent[];
  /** To be written in the transaction that moves the checkpoint. */
  readonly changes: readonly Change[];
}

/**
 * Folds batch upon batch into the rows of one generation. What it has folded it knows, written or
 * not: only as long as nobody else changes the generation is more than one batch right.
 */
export class Folding {
  readonly #folds: readonly RowFold[] = [
    new ProjectFold(),
    new WorkItemFold(),
    new DeployFold(),
    new ComponentFold(),
    new TicketFold(),
    new UntrackedFold(),
  ];
  readonly #foldOfType = new Map<string, RowFold | undefined>();
  readonly #stopped = new Set<string>();

  /** Reads the rows that events change, as far as they are not known; to be done before `fold`. */
  async load(from: Generation, events: readonly IncomingEvent[]): Promise<void> {
    const concerned = new Map<RowFold, ImiEvent[]>();
    for (const { event } of events) {
      const fold = event === null ? undefined : this.#foldOf(event);
      if (event === null || fold === undefined) continue;
      const known = concerned.get(fold);
      if (known) known.push(event);
      else concerned.set(fold, [event]);
    }
    await Promise.all([...concerned].map(([fold, own]) => fold.load(from, own)));
  }

  /**
   * Folds events, oldest first, and finds those that have to be parked: what cannot be decoded or
   * folded, and all that follows in the same stream or in a stream of `parkedStreams`.
   */
  async fold(
    events: readonly IncomingEvent[],
    parkedStreams: ReadonlySet<string>,
  ): Promise<Folded> {
    for (const stream of parkedStreams) this.#stopped.add(stream);
    const parked: ParkedEvent[] = [];
    for (const [place, { recorded, event, error }] of events.entries()) {
      if (place % atOnce === atOnce - 1) await nextTurn();
      if (this.#stopped.has(recorded.streamId)) {
        parked.push({ recorded, error: queuedBehind });
        continue;
      }
      try {
        if (event === null) throw error;
        this.#foldOf(event)?.apply(event);
      } catch (reason) {
        this.#stopped.add(recorded.streamId);
        parked.push({ recorded, error: parkReason(reason as Error) });
      }
    }
    return { parked, changes: this.#folds.flatMap((fold) => fold.take()) };
  }

  #foldOf(event: ImiEvent): RowFold | undefined {
    const { type } = event;
    if (!this.#foldOfType.has(type)) {
      this.#foldOfType.set(
        type,
        this.#folds.find((fold) => fold.handles(event)),
      );
    }
    return this.#foldOfType.get(type);
  }
}
