import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type EventStore,
  type ExpectedRevision,
  type NewEvent,
  WrongRevisionError,
} from '../events/event-store.ts';
import type { WorkItem } from '../events/work-item.ts';
import {
  type Aggregate,
  components,
  projects,
  type Standing,
  streamOf,
  tickets,
  workItems,
} from './aggregate.ts';
import type { IncomingCommand } from './command.ts';
import type { Reservation } from './decision.ts';
import { metadataOf } from './event-metadata.ts';
import { KeyedQueue } from './keyed-queue.ts';
import type { Snapshots } from './snapshots.ts';

type Kind = Reservation['kind'];

/** Who may hold the keys of a kind. */
interface Owners<S = unknown> {
  readonly aggregate: Aggregate<S>;
  /** How an owner stands to the key it has claimed: `unborn` until its stream shows the key. */
  standing(state: S | null, key: string): Standing;
  /** The standing that never changes again, and so may be answered from memory. */
  readonly settled: Standing;
}

const ownedBy = <S>(aggregate: Aggregate<S>, settled: Standing): Owners<S> => ({
  aggregate,
  standing: (state) => aggregate.standing(state),
  settled,
});

const owners: { readonly [K in Kind]: Owners } = {
  origin: ownedBy(projects, 'active'),
  branch: ownedBy(workItems, 'ended'),
  component: ownedBy(components, 'active'),
  // A work item lives before it has the pull request, and keeps it when it has ended.
  pr: {
    aggregate: workItems,
    standing: (item, key) => (item?.prs.some((pr) => pr.id === key) ? 'active' : 'unborn'),
    settled: 'active',
  } satisfies Owners<WorkItem>,
  issue: ownedBy(tickets, 'active'),
};

// An owner that has not come to be may be on its way in another process: how often, and how many
// milliseconds apart, it is looked for before its claim counts as left behind by a crash.
const patience = [20, 40, 80, 160, 320, 640];

const streamOfKey = (kind: Kind, key: string): string => `reservation-${kind}-${key}`;

/**
 * Uniqueness by reservation: stream `reservation-{kind}-{key}` records who holds the key.
 *
 * A claim is written before its owner, so a crash in between leaves a claim whose owner never came
 * to be, or never came to have the pull request; an owner that has ended keeps its claim. Both may
 * be taken over. Before the claim of an unborn owner is taken, `reservation.voided` is written to
 * the owner's own stream: should that owner still be on its way, its append expects an older
 * revision, fails, and it claims again.
 */
export class Reservations {
  readonly #store: EventStore;
  readonly #snapshots: Snapshots;
  readonly #queue = new KeyedQueue();

  constructor(store: EventStore, snapshots: Snapshots) {
    this.#store = store;
    this.#snapshots = snapshots;
  }

  /** Id of whoever claimed the key last, ended or not; null when nobody did. */
  async holder(kind: Kind, key: string): Promise<string | null> {
    return (await this.#last(kind, key))?.holder ?? null;
  }

  /** Like `holder`, but null for one that never came to be. */
  async bornHolder(kind: Kind, key: string): Promise<string | null> {
    const holder = await this.holder(kind, key);
    if (holder === null) return null;
    return (await this.#owner(kind, key, holder)).standing === 'unborn' ? null : holder;
  }

  /** Id of another entity that holds the key and still needs it, or null: the key can be claimed. */
  async rival(kind: Kind, key: string, claimant: string): Promise<string | null> {
    const holder = await this.holder(kind, key);
    if (holder === null || holder === claimant) return null;
    return (await this.#owner(kind, key, holder)).standing === 'active' ? holder : null;
  }

  /**
   * Claims the key for an entity that is about to be written.
   * Answers the id of whoever holds it afterwards: the claimant, or the active entity that has it.
   */
  claim(kind: Kind, key: string, claimant: string, command: IncomingCommand): Promise<string> {
    return this.#queue.run(`${kind} ${key}`, () => this.#claim(kind, key, claimant, command));
  }

  async #claim(kind: Kind, key: string, claimant: string, command: IncomingCommand) {
    const data = { kind, key, holder: claimant };
    const claims = (expected: ExpectedRevision) => {
      const event = this.#event('reservation.claimed', data, command);
      return this.#append(streamOfKey(kind, key), expected, event);
    };
    // Most keys are claimed for the first time: then nothing has to be read.
    if (await claims('no_stream')) return claimant;
    for (let looks = 0; ; ) {
      const last = await this.#last(kind, key);
      if (last?.holder === claimant) return claimant;
      if (last !== null) {
        const { standing, revision } = await this.#owner(kind, key, last.holder);
        if (standing === 'active') return last.holder;
        if (standing === 'unborn') {
          const wait = patience[looks];
          looks += 1;
          if (wait !== undefined) {
            await delay(wait);
            continue;
          }
          if (!(await this.#void(kind, key, last.holder, revision, claimant, command))) continue;
        }
      }
      if (await claims(last?.revision ?? 'no_stream')) return claimant;
    }
  }

  async #last(kind: Kind, key: string) {
    const event = await this.#store.readLast(streamOfKey(kind, key));
    return event && { holder: String(event.data.holder), revision: event.revision };
  }

  async #owner(kind: Kind, key: string, holder: string) {
    const { aggregate, standing, settled } = owners[kind];
    const cached = await this.#snapshots.get(aggregate, holder);
    const snapshot =
      standing(cached.state, key) === settled
        ? cached
        : await this.#snapshots.refresh(aggregate, holder);
    return { standing: standing(snapshot.state, key), revision: snapshot.revision };
  }

  /** Fences off an owner that was unborn at this revision; false when its stream has moved since. */
  #void(
    kind: Kind,
    key: string,
    holder: string,
    revision: number,
    takenBy: string,
    command: IncomingCommand,
  ): Promise<boolean> {
    const voided = this.#event('reservation.voided', { kind, key, taken_by: takenBy }, command);
    const expected = revision < 0 ? 'no_stream' : revision;
    return this.#append(streamOf(owners[kind].aggregate, holder), expected, voided);
  }

  #event(type: string, data: NewEvent['data'], command: IncomingCommand): NewEvent {
    // A random id: a second claim by the same command must not pass for a repetition of the first.
    return { id: randomUUID(), type, data, metadata: metadataOf(command) };
  }

  async #append(stream: string, expected: ExpectedRevision, event: NewEvent): Promise<boolean> {
    try {
      await this.#store.append(stream, expected, [event]);
      return true;
    } catch (error) {
      if (error instanceof WrongRevisionError) return false;
      throw error;
    }
  }
}
