import { once } from 'node:events';
import type { ConsumeMessage } from 'amqplib';
import { pause, type RetryDelays } from '../backoff.ts';
import { type JsonObject, StoreUnavailableError } from '../events/event-store.ts';
import { Announcements } from './announcements.ts';
import { runSessions, type Session, type SessionOptions } from './channel-session.ts';
import { publishConfirmed } from './confirm.ts';
import { type Death, deadLetterProperties } from './dead-letter.ts';
import { declareTopology, type QueueType } from './declare.ts';
import { type Delivery, toDelivery } from './delivery.ts';
import type { AnswerEnvelope } from './envelope-out.ts';
import { Intake } from './intake.ts';
import { Outage } from './outage.ts';
import type { QueueSpec } from './topology.ts';

/** What became of a message: done, perhaps with an answer for its sender, or set aside for good. */
export interface Verdict {
  /** For the queue that the sender named, if any. */
  readonly reply?: JsonObject;
  /** For the exchange, in this order: confirmed before the message is acknowledged. */
  readonly publish?: readonly AnswerEnvelope[];
  readonly death?: Death;
}

/** Puts a message on the exchange ahead of the verdict; the same one again is passed over. */
export type Announce = (message: AnswerEnvelope) => void;

/**
 * Handles one message. Returns its verdict; throws `StoreUnavailableError` when the store is away
 * (the message is not to blame), anything else when another try may help.
 */
export type MessageHandler = (delivery: Delivery) => Promise<Verdict>;

/** A handler that may say something before it has its verdict. */
export type AnsweringHandler = (delivery: Delivery, announce: Announce) => Promise<Verdict>;

export interface ConsumerOptions extends SessionOptions {
  readonly exchange: string;
  readonly queue: QueueSpec;
  readonly queueType: QueueType;
  readonly prefetch: number;
  readonly handle: AnsweringHandler;
  /** RFC 3339 UTC. */
  readonly now: () => string;
  /** Waits between the tries of one message; there is one try more than waits. */
  readonly retryDelaysMs?: readonly number[];
  readonly probeBackoff?: RetryDelays;
  readonly confirmTimeoutMs?: number;
}

export interface ConsumerStatus {
  /** `paused`: the event store is away; messages wait in the queue. */
  readonly state: 'stopped' | 'connecting' | 'consuming' | 'paused';
  readonly since: string;
  readonly handled: number;
  readonly deadLettered: number;
}

const defaultRetryDelaysMs = [200, 2000];
const defaultProbeBackoff: RetryDelays = { firstMs: 200, maxMs: 5000 };
const defaultConfirmTimeoutMs = 5000;

/** Consumes one queue: acknowledges a message when its outcome stands, and not before. */
export class QueueConsumer {
  readonly #options: ConsumerOptions;
  #status: ConsumerStatus;

  constructor(options: ConsumerOptions) {
    this.#options = options;
    this.#status = { state: 'stopped', since: options.now(), handled: 0, deadLettered: 0 };
  }

  /** Name of the queue it consumes. */
  get queue(): string {
    return this.#options.queue.name;
  }

  /** What /health and the metrics show. */
  get status(): ConsumerStatus {
    return this.#status;
  }

  /**
   * Consumes until `signal` aborts, over any number of lost connections. On abort it takes nothing
   * new, finishes and acknowledges what is in hand, and gives back what it cannot finish.
   */
  async run(signal: AbortSignal): Promise<void> {
    this.#enter('connecting');
    try {
      await runSessions(this.#options, (session) => this.#consume(session, signal), signal);
    } finally {
      this.#enter('stopped');
    }
  }

  async #consume(session: Session, stop: AbortSignal): Promise<void> {
    const { connection: _, exchange, queue, prefetch, log, ...options } = this.#options;
    this.#enter('connecting');
    await declareTopology(session.model, exchange, [queue], { ...options, log });
    await session.channel.prefetch(prefetch);
    const intake = new Intake(session, queue.name);
    const ended = AbortSignal.any([stop, session.lost]);
    const desk: Desk = { session, ended, intake, outage: null };
    const inHand = new Set<Promise<void>>();
    intake.onMessage = (message) => {
      const work = this.#settle(desk, message)
        .catch((error: Error) => session.fail(error))
        .finally(() => inHand.delete(work));
      inHand.add(work);
    };
    await intake.open();
    session.prosper();
    this.#enter('consuming');
    if (!ended.aborted) await once(ended, 'abort');
    if (!stop.aborted) this.#enter('connecting');
    desk.outage?.end();
    await intake.shut();
    await Promise.all(inHand);
    // The reason of a loss is what the next session is waited for with; a stop has none.
    if (!stop.aborted) session.lost.throwIfAborted();
  }

  /** Takes one message to its end. When the session or the service ends first, it is given back. */
  async #settle(desk: Desk, message: ConsumeMessage): Promise<void> {
    const delivery = toDelivery(message);
    const said = new Announcements(desk.session, this.#options.exchange);
    const { verdict, tries } = (await this.#decide(desk, delivery, said)) ?? {};
    if (verdict === undefined || tries === undefined || desk.session.lost.aborted) return;
    for (const answer of verdict.publish ?? []) said.publish(answer);
    await said.confirmed(this.#options.confirmTimeoutMs ?? defaultConfirmTimeoutMs);
    if (verdict.death) await this.#bury(desk.session, delivery, verdict.death, tries);
    if (verdict.reply && delivery.replyTo !== undefined) {
      this.#answer(desk.session, delivery.replyTo, message.properties.correlationId, verdict.reply);
    }
    desk.session.channel.ack(message);
    this.#status = { ...this.#status, handled: this.#status.handled + 1 };
  }

  async #decide(
    desk: Desk,
    delivery: Delivery,
    said: Announcements,
  ): Promise<{ readonly verdict: Verdict; readonly tries: number } | null> {
    const { handle, log, queue, retryDelaysMs = defaultRetryDelaysMs } = this.#options;
    let probed: Outage | null = null;
    for (let tries = 1; !desk.session.lost.aborted; ) {
      try {
        const verdict = await handle(delivery, (message) => said.publish(message));
        if (probed) await this.#resume(desk, probed);
        return { verdict, tries };
      } catch (error) {
        if (error instanceof StoreUnavailableError) {
          // An outage that begins now would be waited for, and nobody left to end it.
          if (desk.ended.aborted) return null;
          probed = await this.#waitOut(desk, probed);
        } else {
          if (probed) await this.#resume(desk, probed);
          probed = null;
          log.warn({ err: error, queue: queue.name, tries }, 'Bloodbank: a message failed');
          const wait = retryDelaysMs[tries - 1];
          if (wait === undefined) return { verdict: { death: exhausted(error, tries) }, tries };
          await pause(wait, desk.ended);
          tries += 1;
        }
        // Nothing is known to have come of it, so the broker keeps it for another time.
        if (desk.ended.aborted) return null;
      }
    }
    return null;
  }

  /** Returns the outage that this message is to probe, or null when it has waited for another. */
  async #waitOut(desk: Desk, probed: Outage | null): Promise<Outage | null> {
    if (desk.outage !== null && desk.outage !== probed) {
      await desk.outage.over;
      return null;
    }
    const outage = probed ?? new Outage(this.#options.probeBackoff ?? defaultProbeBackoff);
    if (probed === null) {
      desk.outage = outage;
      if (!desk.ended.aborted) this.#enter('paused');
      this.#options.log.warn(
        { queue: this.#options.queue.name },
        'The event store is away; commands wait in their queue',
      );
      await desk.intake.shut();
    }
    await outage.beforeProbe(desk.ended);
    return outage;
  }

  async #resume(desk: Desk, outage: Outage): Promise<void> {
    desk.outage = null;
    outage.end();
    if (desk.ended.aborted) return;
    this.#enter('consuming');
    this.#options.log.info({ queue: this.#options.queue.name }, 'The event store is back');
    await desk.intake.open();
  }

  async #bury(session: Session, delivery: Delivery, death: Death, tries: number): Promise<void> {
    const { queue, log, now, confirmTimeoutMs = defaultConfirmTimeoutMs } = this.#options;
    await publishConfirmed(
      session,
      { exchange: '', routingKey: queue.deadLetterQueue },
      delivery.body,
      deadLetterProperties(delivery, { ...death, queue: queue.name, tries, at: now() }),
      confirmTimeoutMs,
    );
    log.warn(
      { queue: queue.name, ...death, tries },
      'Bloodbank: message set aside as a dead letter',
    );
    this.#status = { ...this.#status, deadLettered: this.#status.deadLettered + 1 };
  }

  /** Not waited for: it travels ahead of the acknowledgement, so the broker has both or neither. */
  #answer(session: Session, replyTo: string, correlationId: unknown, reply: JsonObject): void {
    session.channel.publish('', replyTo, Buffer.from(JSON.stringify(reply)), {
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      appId: 'imi',
      ...(typeof correlationId === 'string' && { correlationId }),
    });
  }

  #enter(state: ConsumerStatus['state']): void {
    if (this.#status.state === state) return;
    this.#status = { ...this.#status, state, since: this.#options.now() };
  }
}

/** What the messages of one session share. */
interface Desk {
  readonly session: Session;
  /** Aborts when the service stops or the channel is gone. */
  readonly ended: AbortSignal;
  readonly intake: Intake;
  outage: Outage | null;
}

const exhausted = (error: unknown, tries: number): Death => ({
  code: 'handler_failed',
  // The error's own text may quote the message.
  reason: `failed ${tries} times, last with ${error instanceof Error ? error.name : typeof error}`,
});
