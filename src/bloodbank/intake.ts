import type { ConsumeMessage } from 'amqplib';
import type { Session } from './channel-session.ts';

/** The tap of a queue: opened and shut one after the other, however fast the orders come. */
export class Intake {
  onMessage: (message: ConsumeMessage) => void = () => undefined;
  readonly #session: Session;
  readonly #queue: string;
  #tag: string | null = null;
  #turn: Promise<void> = Promise.resolve();

  constructor(session: Session, queue: string) {
    this.#session = session;
    this.#queue = queue;
  }

  open(): Promise<void> {
    return this.#next(async () => {
      if (this.#tag !== null) return;
      const { channel, fail } = this.#session;
      const { consumerTag } = await channel.consume(this.#queue, (message) => {
        if (message) this.onMessage(message);
        else fail(new Error(`The broker ended the consumption of ${this.#queue}`));
      });
      this.#tag = consumerTag;
    });
  }

  shut(): Promise<void> {
    return this.#next(async () => {
      const tag = this.#tag;
      this.#tag = null;
      if (tag !== null) await this.#session.channel.cancel(tag);
    });
  }

  #next(step: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(async () => {
      if (!this.#session.lost.aborted) await step();
    });
    return this.#turn;
  }
}
