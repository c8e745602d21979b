import { setTimeout as delay } from 'node:timers/promises';
import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';

const retryMs = 200;

/**
 * A client of the broker that connects again whenever it has lost it, and sets itself up anew each
 * time. It says nothing of what was under way when the connection broke.
 */
export class BusClient {
  readonly #url: string;
  readonly #setUp: (channel: ConfirmChannel) => Promise<unknown>;
  readonly #kept: Promise<void>;
  #model: ChannelModel | null = null;
  #opened = Promise.withResolvers<ConfirmChannel>();
  #closed = false;

  constructor(url: string, setUp: (channel: ConfirmChannel) => Promise<unknown>) {
    const target = new URL(url);
    target.searchParams.set('heartbeat', '5');
    this.#url = target.href;
    this.#setUp = setUp;
    this.#kept = this.#keep();
  }

  /** A channel that works, as far as is known; null when the signal is aborted first. */
  async channel(signal: AbortSignal): Promise<ConfirmChannel | null> {
    const aborted = Promise.withResolvers<null>();
    const abort = () => aborted.resolve(null);
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    const channel = await Promise.race([this.#opened.promise, aborted.promise]);
    signal.removeEventListener('abort', abort);
    return channel;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#model?.close().catch(() => undefined);
    await this.#kept;
  }

  async #keep(): Promise<void> {
    while (!this.#closed) {
      try {
        const model = await connect(this.#url, { noDelay: true, timeout: 5_000 });
        model.on('error', () => undefined);
        const gone = new Promise<void>((resolve) => model.once('close', () => resolve()));
        this.#model = model;
        const channel = await model.createConfirmChannel();
        channel.on('error', () => void model.close().catch(() => undefined));
        await this.#setUp(channel);
        this.#opened.resolve(channel);
        await gone;
        this.#opened = Promise.withResolvers();
      } catch {
        await this.#model?.close().catch(() => undefined);
      }
      this.#model = null;
      if (!this.#closed) await delay(retryMs);
    }
  }
}
