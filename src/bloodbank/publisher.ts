import { Backoff } from '../backoff.ts';
import { publicPrefix } from '../events/catalogue.ts';
import { CheckpointSaver } from '../events/checkpoint-saver.ts';
import {
  type EventStore,
  type JsonObject,
  type RecordedEvent,
  StoreUnavailableError,
} from '../events/event-store.ts';
import { sayingIdOf } from '../events/ids.ts';
import {
  type Checkpoint,
  CheckpointLostError,
  StreamCheckpoint,
} from '../events/stream-checkpoint.ts';
import {
  defaultBackoff,
  runSessions,
  type Session,
  type SessionOptions,
} from './channel-session.ts';
import { ConfirmWindow } from './confirm-window.ts';
import { declareExchange } from './declare.ts';
import { propertiesOf, toAnswer, toEnvelope } from './envelope-out.ts';

export interface PublisherOptions extends SessionOptions {
  readonly store: EventStore;
  readonly exchange: string;
  readonly hostname: string;
  /** RFC 3339 UTC. */
  readonly now: () => string;
  /** Name of the checkpoint's stream, after `checkpoint-`. */
  readonly checkpointName?: string;
  /** Messages that may be unconfirmed at a time. */
  readonly window?: number;
  readonly confirmTimeoutMs?: number;
  /** Hears of each event that the broker has confirmed. */
  readonly onPublished?: (event: RecordedEvent) => void;
  /** What else is said of an event, under other names: sent before it, without a place in the chain. */
  readonly alsoSaid?: (event: RecordedEvent) => readonly Saying[];
  /** Hears of each event that is sent, repetitions included. */
  readonly onSend?: (event: RecordedEvent) => Publication;
}

export interface Saying {
  readonly type: string;
  readonly payload: JsonObject;
}

/** An event on its way to the bus. */
export interface Publication {
  /** W3C trace context for its consumers. */
  readonly traceparent?: string;
  readonly confirmed: () => void;
}

export interface PublisherStatus {
  readonly state: 'stopped' | 'waiting' | 'publishing';
  readonly since: string;
  /** Confirmed by the broker since the start, repetitions included. */
  readonly published: number;
  /** Of these, the ones that no queue was bound for. */
  readonly unroutable: number;
  /** Everything up to here is confirmed. */
  readonly position: bigint | null;
}

const defaultWindow = 256;
const defaultConfirmTimeoutMs = 5000;

/**
 * Sends every `imi.*` event of the store to Bloodbank, in order and at least once. The store is the
 * outbox: a broker that is away delays events and loses none (spec/bloodbank.md, "Exchange and
 * publishing"). One process at a time leads; a second is found out by the checkpoint.
 */
export class Publisher {
  readonly #options: PublisherOptions;
  #status: PublisherStatus;
  /** Everything up to here is confirmed, saved or not. */
  #confirmed: Checkpoint = { position: null, lastEvent: null };

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#status = {
      state: 'stopped',
      since: options.now(),
      published: 0,
      unroutable: 0,
      position: null,
    };
  }

  /** What /health and the metrics show. */
  get status(): PublisherStatus {
    return this.#status;
  }

  /**
   * Leads until `signal` aborts; then waits for the outstanding confirms and saves the checkpoint.
   * Waits out a broker or a store that is away. Throws `CheckpointLostError` when another process
   * leads; `run` may be called again.
   */
  async run(signal: AbortSignal): Promise<void> {
    this.#enter('waiting');
    try {
      const checkpoint = await this.#loadCheckpoint(signal);
      if (checkpoint !== null) await this.#lead(checkpoint, signal);
    } finally {
      this.#enter('stopped');
    }
  }

  async #loadCheckpoint(signal: AbortSignal): Promise<StreamCheckpoint | null> {
    const { store, hostname, now, log, checkpointName = 'publisher' } = this.#options;
    const backoff = new Backoff(this.#options.backoff ?? defaultBackoff);
    while (!signal.aborted) {
      try {
        return await StreamCheckpoint.load({ store, hostname, now, name: checkpointName });
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) throw error;
        log.warn('The event store is away; publishing waits');
        await backoff.wait(signal);
      }
    }
    return null;
  }

  async #lead(checkpoint: StreamCheckpoint, signal: AbortSignal): Promise<void> {
    const lost = new AbortController();
    const saver = new CheckpointSaver(checkpoint, (error) => lost.abort(error));
    this.#advance(checkpoint.current);
    const leading = AbortSignal.any([signal, lost.signal]);
    try {
      await runSessions(
        this.#options,
        (session) => this.#publish(session, saver, leading),
        leading,
        (error) => error instanceof CheckpointLostError,
      );
    } finally {
      await this.#saveLast(saver);
    }
    lost.signal.throwIfAborted();
  }

  async #saveLast(saver: CheckpointSaver): Promise<void> {
    try {
      await saver.flush();
    } catch (error) {
      // The next leader sends a few events again, under the same ids.
      this.#options.log.warn({ err: error }, 'The publisher could not save its last checkpoint');
    }
  }

  async #publish(session: Session, saver: CheckpointSaver, stop: AbortSignal): Promise<void> {
    const { store, exchange, hostname, log, window: size = defaultWindow } = this.#options;
    await declareExchange(session.model, exchange, log);
    const window = new ConfirmWindow(size, (checkpoint) => {
      session.prosper();
      this.#advance(checkpoint);
      saver.offer(checkpoint);
    });
    session.channel.on('return', () => {
      this.#status = { ...this.#status, unroutable: this.#status.unroutable + 1 };
    });
    const ended = AbortSignal.any([stop, session.lost]);
    const watch = this.#watchConfirms(session, window);
    try {
      this.#enter('publishing');
      let reached = this.#confirmed;
      const after = reached.position;
      const messages = store.subscribe({ after, typePrefixes: [publicPrefix], signal: ended });
      for await (const message of messages) {
        await window.room(ended);
        if (ended.aborted) break;
        if (message.kind === 'event') {
          for (const saying of this.#options.alsoSaid?.(message.event) ?? []) {
            // Until it is confirmed the event is not, and both are sent again.
            this.#say(session, window, message.event, saying, reached);
          }
          this.#send(session, window, message.event, reached.lastEvent, hostname);
          reached = { position: message.event.position, lastEvent: message.event.position };
        } else {
          reached = { position: message.position, lastEvent: reached.lastEvent };
          window.enter(reached, performance.now())();
        }
      }
      await window.drained(session.lost);
      session.lost.throwIfAborted();
      if (!stop.aborted) throw new Error('The subscription ended by itself');
    } finally {
      clearInterval(watch);
      this.#enter('waiting');
    }
  }

  #send(
    session: Session,
    window: ConfirmWindow,
    event: RecordedEvent,
    previous: bigint | null,
    hostname: string,
  ): void {
    const envelope = toEnvelope(event, previous, hostname);
    const place = { position: event.position, lastEvent: event.position };
    const confirm = window.enter(place, performance.now());
    const sent = this.#options.onSend?.(event);
    const traceparent = sent?.traceparent ?? event.metadata.traceparent;
    session.channel.publish(
      this.#options.exchange,
      event.type,
      Buffer.from(JSON.stringify(envelope)),
      { ...propertiesOf(envelope), ...(traceparent && { headers: { traceparent } }) },
      (error: Error | null) => {
        if (error) {
          session.fail(error);
          return;
        }
        this.#status = { ...this.#status, published: this.#status.published + 1 };
        confirm();
        sent?.confirmed();
        this.#options.onPublished?.(event);
      },
    );
  }

  #say(
    session: Session,
    window: ConfirmWindow,
    event: RecordedEvent,
    { type, payload }: Saying,
    place: Checkpoint,
  ): void {
    const { $correlationId: correlationId, occurred_at: timestamp } = event.metadata;
    const id = sayingIdOf(event.id, type);
    const said = { id, type, timestamp, correlationId, causationId: event.id, payload };
    const envelope = toAnswer(said, this.#options.hostname);
    const confirm = window.enter(place, performance.now());
    session.channel.publish(
      this.#options.exchange,
      type,
      Buffer.from(JSON.stringify(envelope)),
      propertiesOf(envelope),
      (error: Error | null) => (error ? session.fail(error) : confirm()),
    );
  }

  /** A lost broker leaves confirms pending for ever, so the connection is given up after a while. */
  #watchConfirms(session: Session, window: ConfirmWindow): NodeJS.Timeout {
    const { connection, confirmTimeoutMs: limit = defaultConfirmTimeoutMs } = this.#options;
    return setInterval(() => {
      const oldest = window.oldestSentAt;
      if (oldest === null || performance.now() - oldest < limit) return;
      // A broker under a memory or disk alarm says so, and confirms later.
      if (connection.status.blocked !== null) return;
      const reason = `no confirm within ${limit} ms`;
      session.fail(new Error(reason));
      connection.reset(session.model, reason);
    }, limit / 5);
  }

  #advance(checkpoint: Checkpoint): void {
    this.#confirmed = checkpoint;
    this.#status = { ...this.#status, position: checkpoint.position };
  }

  #enter(state: PublisherStatus['state']): void {
    if (this.#status.state === state) return;
    this.#status = { ...this.#status, state, since: this.#options.now() };
  }
}
