import type { Session } from './channel-session.ts';
import { inTime } from './confirm.ts';
import { type AnswerEnvelope, propertiesOf } from './envelope-out.ts';

/**
 * What the handling of one message says to everybody: published as it comes, each `event_id` once,
 * and confirmed by the broker before the message itself is acknowledged. Whether a queue takes it is
 * its readers' business.
 */
export class Announcements {
  readonly #session: Session;
  readonly #exchange: string;
  readonly #confirms = new Map<string, Promise<void>>();

  constructor(session: Session, exchange: string) {
    this.#session = session;
    this.#exchange = exchange;
  }

  /** Publishes under its own type as the routing key. Does not throw: `confirmed` does. */
  publish(envelope: AnswerEnvelope): void {
    if (this.#confirms.has(envelope.event_id)) return;
    const confirm = new Promise<void>((resolve, reject) => {
      this.#session.channel.publish(
        this.#exchange,
        envelope.event_type,
        Buffer.from(JSON.stringify(envelope)),
        { ...propertiesOf(envelope), mandatory: false },
        (error) => (error ? reject(error) : resolve()),
      );
    });
    confirm.catch(() => undefined);
    this.#confirms.set(envelope.event_id, confirm);
  }

  /** Returns when the broker has all of it; throws when it refuses, is gone, or takes too long. */
  async confirmed(timeoutMs: number): Promise<void> {
    if (this.#confirms.size === 0) return;
    await inTime(Promise.all(this.#confirms.values()), timeoutMs, this.#session.lost);
  }
}
