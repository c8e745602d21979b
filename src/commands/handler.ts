import { setTimeout as delay } from 'node:timers/promises';
import type { Refusal } from '../errors.ts';
import { assertReadable } from '../events/catalogue.ts';
import {
  type EventStore,
  type JsonObject,
  type NewEvent,
  StoreUnavailableError,
  WrongRevisionError,
} from '../events/event-store.ts';
import { eventIdOf } from '../events/ids.ts';
import { entityIdOf, Snapshot, streamOf } from './aggregate.ts';
import type {
  CommandHandler,
  IncomingCommand,
  Outcome,
  Rehearsal,
  WrittenEvent,
} from './command.ts';
import {
  CommandIds,
  type EarlierUse,
  idReusedRefusal,
  refusalEvent,
  requestHashOf,
} from './command-ids.ts';
import type { Decision, DecisionContext } from './decision.ts';
import { type CommandDefinition, definitions, isCommandName } from './definitions.ts';
import { metadataOf } from './event-metadata.ts';
import { expiredRefusal } from './expiry.ts';
import { KeyedQueue } from './keyed-queue.ts';
import type { Lookup } from './lookup.ts';
import { outcomeOf, type Place, refusedOutcome, unchangedOutcome } from './outcomes.ts';
import { Reservations } from './reservations.ts';
import { Snapshots } from './snapshots.ts';
import { validationRefusal } from './validation.ts';

/** Settings that decisions depend on. */
export type HandlerSettings = Pick<
  DecisionContext,
  'homeDir' | 'remoteHosts' | 'syncHeartbeatSeconds' | 'activityCoalesceSeconds'
>;

// Each attempt that fails means another process has moved the stream on, so the last of these is
// reached only under a contention that a broker or a client had better wait out.
const maxAttempts = 12;

/** A command led to its entity, with everything that stays the same from attempt to attempt. */
interface Addressed {
  readonly command: IncomingCommand;
  readonly definition: CommandDefinition;
  readonly parsed: unknown;
  readonly id: string;
  /** The entity is not there yet, unless this very command has made it: nothing need be read. */
  readonly isNew?: boolean;
}

/** The one handler of every command, whichever door it came through. */
export class EventSourcedCommandHandler implements CommandHandler {
  readonly #store: EventStore;
  readonly #settings: HandlerSettings;
  readonly #snapshots: Snapshots;
  readonly #reservations: Reservations;
  readonly #commandIds: CommandIds;
  readonly #lookup: Lookup;
  readonly #byCommand = new KeyedQueue();
  readonly #byStream = new KeyedQueue();

  constructor(store: EventStore, settings: HandlerSettings, snapshots = new Snapshots(store)) {
    this.#store = store;
    this.#settings = settings;
    this.#snapshots = snapshots;
    this.#reservations = new Reservations(store, this.#snapshots);
    this.#commandIds = new CommandIds(store);
    this.#lookup = {
      snapshots: this.#snapshots,
      reservations: this.#reservations,
      remoteHosts: settings.remoteHosts,
    };
  }

  handle(command: IncomingCommand): Promise<Outcome> {
    return this.#byCommand.run(command.id, () => this.#handle(command));
  }

  /** Decides on what is now, and writes nothing. */
  async rehearse(command: IncomingCommand): Promise<Rehearsal> {
    const asked = read(command);
    if ('refusal' in asked) return { status: 'rejected', error: asked.refusal };
    const address = await asked.definition.address(asked.parsed, this.#lookup, command.id);
    if ('refusal' in address) return { status: 'rejected', error: address.refusal };
    const addressed = { ...asked, command, id: address.id };
    const snapshot = await this.#snapshots.refresh(asked.definition.aggregate, address.id);
    const decision = await this.#decide(addressed, snapshot);
    if (decision.kind === 'refused') return { status: 'rejected', error: decision.refusal };
    if (decision.kind === 'unchanged')
      return { status: 'unchanged', events: [], ids: decision.ids };
    const { reserve } = decision;
    const rival =
      reserve && (await this.#reservations.rival(reserve.kind, reserve.key, address.id));
    return rival
      ? { status: 'rejected', error: reserve.taken(rival) }
      : { status: 'accepted', events: decision.events };
  }

  async #handle(command: IncomingCommand): Promise<Outcome> {
    const asked = read(command);
    const expired = expiredRefusal(command);
    if ('refusal' in asked) return this.#refuseUnaddressed(command, expired ?? asked.refusal);
    // An attempt that was in time and cut off is led to its end all the same.
    if (expired) return this.#refuseUnaddressed(command, expired, asked);
    const address = await asked.definition.address(asked.parsed, this.#lookup, command.id);
    if ('refusal' in address) return this.#refuseUnaddressed(command, address.refusal, asked);
    const { id, ofCommand: isNew = false } = address;
    if (command.fresh) return this.#settle({ ...asked, command, id, isNew });
    const addressed = { ...asked, command, id };

    const target = streamOf(asked.definition.aggregate, id);
    const hash = requestHashOf(command.name, asked.parsed);
    const earlier = await this.#commandIds.claim(command, target, hash);
    if (earlier === null) return this.#settle(addressed);
    if (earlier.kind === 'refused') return refusedBefore(command, earlier);
    if (earlier.requestHash !== hash && earlier.target !== target) return idReused(command);
    return this.#repeat(addressed, earlier, earlier.requestHash === hash);
  }

  async #refuseUnaddressed(
    command: IncomingCommand,
    refusal: Refusal,
    asked?: Pick<Addressed, 'definition' | 'parsed'>,
  ): Promise<Outcome> {
    const answer = await this.#commandIds.refuse(command, refusal);
    if (!('kind' in answer)) return refusedOutcome(command, answer, answer.position);
    if (answer.kind === 'refused') return refusedBefore(command, answer);
    // The id led to an entity before: it is that stream that knows, or will know, the outcome.
    if (!asked) {
      // What its door cannot make out any more, such as a name that has changed, was clear before.
      const repeated = command.refusal !== undefined && answer.command === command.name;
      return (repeated && (await this.#outcomeIn(answer.target, command))) || idReused(command);
    }
    const same = answer.requestHash === requestHashOf(command.name, asked.parsed);
    return this.#repeat({ ...asked, command, id: entityIdOf(answer.target) }, answer, same);
  }

  /** A command whose id was claimed before: its outcome, or, when an attempt was cut off, the rest of it. */
  async #repeat(
    addressed: Addressed,
    { command, target }: Extract<EarlierUse, { kind: 'claimed' }>,
    sameRequest: boolean,
  ): Promise<Outcome> {
    // Success under the name of another command would tell its sender what has not happened.
    if (command !== addressed.command.name) return idReused(addressed.command);
    const { aggregate } = addressed.definition;
    const id = entityIdOf(target);
    if (sameRequest && target === streamOf(aggregate, id))
      return this.#settle({ ...addressed, id });
    const outcome = await this.#outcomeIn(target, addressed.command);
    return outcome ?? idReused(addressed.command);
  }

  /** Answers the outcome that stands in the entity's stream, or decides it. */
  #settle(addressed: Addressed): Promise<Outcome> {
    const stream = streamOf(addressed.definition.aggregate, addressed.id);
    return this.#byStream.run(stream, () => this.#decideAndAppend(addressed));
  }

  async #decideAndAppend(addressed: Addressed): Promise<Outcome> {
    const { command, definition, id, isNew } = addressed;
    const stream = streamOf(definition.aggregate, id);
    let snapshot = isNew
      ? new Snapshot<unknown>()
      : await this.#snapshots.get(definition.aggregate, id);
    for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
      const settledAt = snapshot.outcomes.get(command.id);
      if (settledAt !== undefined) {
        const outcome = await this.#outcomeIn(stream, command, settledAt);
        if (outcome) return outcome;
      }
      // The snapshot is shared and may move on while this waits: what counts is what was decided on.
      const { revision, changedAt, position } = snapshot;
      const decision = await this.#reserve(addressed, await this.#decide(addressed, snapshot));
      if (decision.kind === 'unchanged' && command.fresh) {
        // Nothing is appended that would prove the snapshot current, so it is looked at again.
        snapshot = await this.#snapshots.refresh(definition.aggregate, id);
        if (snapshot.revision !== revision) continue;
        return unchangedOutcome(command, decision.ids, { revision: changedAt, position });
      }
      try {
        const expected = revision < 0 ? 'no_stream' : revision;
        const events = eventsOf(command, decision, { revision: changedAt, position });
        const appended = await this.#store.append(stream, expected, events);
        const written = events.map((event, index) => ({
          ...event,
          streamId: stream,
          revision: revision + 1 + index,
        }));
        this.#snapshots.advance(definition.aggregate, id, snapshot, written, appended.position);
        return outcomeOf(command, written, appended.position);
      } catch (error) {
        if (!(error instanceof WrongRevisionError)) throw error;
        snapshot = await this.#snapshots.refresh(definition.aggregate, id);
        if (attempt > 2) await delay(Math.random() * 2 ** attempt);
      }
    }
    throw new StoreUnavailableError(`Stream ${stream} is too busy`);
  }

  async #decide(addressed: Addressed, snapshot: Snapshot<unknown>): Promise<Decision> {
    const { command, definition, parsed, id } = addressed;
    if (command.ifRevision !== undefined && command.ifRevision !== snapshot.changedAt) {
      const message = 'The entity has changed since the revision you hold; read it again';
      const params = { expected_revision: command.ifRevision, revision: snapshot.changedAt };
      return { kind: 'refused', refusal: { code: 'PRECONDITION_FAILED', message, params } };
    }
    const context = { ...this.#settings, now: command.now, actor: command.actor, entityId: id };
    return definition.decide(snapshot.state, parsed, context, this.#lookup);
  }

  /** Claims the key that the decision depends on; when another entity has it, the decision is its refusal. */
  async #reserve({ command, id }: Addressed, decision: Decision): Promise<Decision> {
    if (decision.kind !== 'events' || decision.reserve === undefined) return decision;
    const { kind, key, taken } = decision.reserve;
    const holder = await this.#reservations.claim(kind, key, id, command);
    return holder === id ? decision : { kind: 'refused', refusal: taken(holder) };
  }

  /** The outcome of a command as its entity's stream has it; null when it has none. */
  async #outcomeIn(stream: string, command: IncomingCommand, from = 0): Promise<Outcome | null> {
    const written: WrittenEvent[] = [];
    let position = 0n;
    for await (const event of this.#store.readStream(stream, from)) {
      const own = event.metadata.command_id === command.id && event.type !== 'reservation.voided';
      if (!own && written.length > 0) break;
      if (!own) continue;
      const { position: place, ...rest } = event;
      written.push(rest);
      position = place;
    }
    return written.length > 0 ? outcomeOf(command, written, position) : null;
  }
}

function read(
  command: IncomingCommand,
): Pick<Addressed, 'definition' | 'parsed'> | { readonly refusal: Refusal } {
  if (command.refusal !== undefined) return { refusal: command.refusal };
  if (!isCommandName(command.name)) {
    const message = `There is no command ${command.name.slice(0, 100)}`;
    return { refusal: { code: 'VALIDATION_ERROR', message, params: {} } };
  }
  const definition = definitions[command.name];
  const { success, data, error } = definition.schema.safeParse(command.body);
  return success ? { definition, parsed: data } : { refusal: validationRefusal(error) };
}

function eventsOf(command: IncomingCommand, decision: Decision, at: Place): NewEvent[] {
  const metadata = metadataOf(command);
  const planned = (place: number | string, type: string, data: JsonObject): NewEvent => ({
    id: eventIdOf(command.id, place, data, command.now),
    type,
    data,
    metadata,
  });
  switch (decision.kind) {
    case 'events':
      return decision.events.map(({ type, data }, index) => {
        assertReadable(type, data);
        return planned(index, type, data);
      });
    case 'unchanged': {
      const { ids } = decision;
      const place = { revision: at.revision, position: at.position?.toString() ?? null };
      const data = { command: command.name, command_id: command.id, ids, ...place };
      return [planned('unchanged', 'command.unchanged', data)];
    }
    case 'refused':
      return [refusalEvent(command, decision.refusal)];
  }
}

/** The refusal of another command would tell its sender what was never asked. */
const refusedBefore = (
  command: IncomingCommand,
  { event }: Extract<EarlierUse, { kind: 'refused' }>,
): Outcome =>
  event.data.command === command.name
    ? refusedOutcome(command, event, event.position)
    : idReused(command);

// Not recorded: the id has, or is about to have, the outcome of the command that used it first.
const idReused = ({ id }: IncomingCommand): Outcome => ({
  status: 'rejected',
  commandId: id,
  ids: {},
  position: null,
  error: idReusedRefusal(id),
});
