import { EventEmitter, once } from 'node:events';
import type { Writable } from 'node:stream';
import { type ChannelModel, connect as connectAmqp } from 'amqplib';
import type { Logger } from 'pino';
import { Backoff, pause, type RetryDelays } from '../backoff.ts';
import { writeTogether } from './write-together.ts';

/** Opens a connection; aborting the signal drops it without the closing handshake. */
export type Connector = (drop: AbortSignal) => Promise<ChannelModel>;

export interface ConnectionOptions {
  readonly connect: Connector;
  readonly log: Logger;
  /** RFC 3339 UTC. */
  readonly now: () => string;
  readonly backoff?: RetryDelays;
  /** How long `close` waits for the broker's goodbye. */
  readonly closeTimeoutMs?: number;
}

export interface ConnectionStatus {
  readonly state: 'up' | 'down' | 'closed';
  readonly since: string;
  /** The broker's reason while it takes no messages (memory or disk alarm). */
  readonly blocked: string | null;
  readonly lastError: string | null;
}

const defaultBackoff: RetryDelays = { firstMs: 100, maxMs: 10_000 };
// After two that were missed the connection counts as lost.
const heartbeatSeconds = 5;
const connectTimeoutMs = 5_000;
// Under load a write for many frames; a fraction of what a command takes from end to end.
const gatherMs = 2;

/** Connector for a broker's URL. A heartbeat in the URL (`?heartbeat=…`) wins over ours. */
export function amqpConnector(url: string): Connector {
  const target = new URL(url);
  if (!target.searchParams.has('heartbeat')) {
    target.searchParams.set('heartbeat', String(heartbeatSeconds));
  }
  return async (drop) => {
    const model = await connectAmqp(target.href, {
      noDelay: true,
      timeout: connectTimeoutMs,
      clientProperties: { connection_name: 'imi' },
      signal: drop,
    } as Parameters<typeof connectAmqp>[1]);
    writeTogether((model.connection as unknown as { readonly stream: Writable }).stream, gatherMs);
    return model;
  };
}

/**
 * Keeps one connection to Bloodbank: connects in the background, again with growing waits after each
 * loss, until `close`. Nothing here throws for a broker that is away; users wait in `model`.
 */
export class BloodbankConnection {
  readonly #options: ConnectionOptions;
  readonly #changes = new EventEmitter().setMaxListeners(0);
  readonly #closing = new AbortController();
  readonly #kept: Promise<void>;
  #model: ChannelModel | null = null;
  #drop = new AbortController();
  #status: ConnectionStatus;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#status = { state: 'down', since: options.now(), blocked: null, lastError: null };
    this.#kept = this.#keep();
  }

  /** What /health shows. */
  get status(): ConnectionStatus {
    return this.#status;
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** The open connection; waits while there is none. Rejects when `signal` aborts or after `close`. */
  async model(signal: AbortSignal): Promise<ChannelModel> {
    const ended = AbortSignal.any([signal, this.#closing.signal]);
    while (this.#model === null) await once(this.#changes, 'change', { signal: ended });
    ended.throwIfAborted();
    return this.#model;
  }

  /** Gives up a connection that does not answer; a new one is opened. */
  reset(model: ChannelModel, reason: string): void {
    if (this.#model !== model) return;
    this.#options.log.warn({ reason }, 'Bloodbank: dropping the connection');
    this.#abandon(model);
  }

  /** Closes politely, or by force when the broker does not answer in time. Close the users first. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('The connection to Bloodbank is closed'));
    // An attempt to connect is not waited for.
    if (this.#model === null) this.#drop.abort(new Error('dropped'));
    await this.#kept;
  }

  async #keep(): Promise<void> {
    const { connect, log, backoff: options = defaultBackoff } = this.#options;
    const backoff = new Backoff(options);
    while (!this.#closing.signal.aborted) {
      this.#drop = new AbortController();
      try {
        const model = await connect(this.#drop.signal);
        const lost = this.#adopt(model);
        backoff.reset();
        log.info('Bloodbank: connected');
        const reason = await lost;
        // The library only says goodbye on it, and a broker that is gone does not answer that.
        this.#drop.abort(new Error('dropped'));
        if (!this.#closing.signal.aborted) log.warn({ reason }, 'Bloodbank: connection lost');
      } catch (error) {
        this.#enter('down', { lastError: messageOf(error) });
        log.warn({ reason: messageOf(error) }, 'Bloodbank: cannot connect');
      }
      await backoff.wait(this.#closing.signal);
    }
    this.#enter('closed');
  }

  /** Resolves with the reason once the connection is gone. */
  #adopt(model: ChannelModel): Promise<string | null> {
    const { log, closeTimeoutMs = 3000 } = this.#options;
    return new Promise((resolve) => {
      const gone = new AbortController();
      let reason: string | null = null;
      model.on('error', (error: Error) => {
        reason = error.message;
      });
      model.on('close', (error?: Error) => {
        reason ??= error?.message ?? null;
        gone.abort();
        if (this.#model === model) this.#model = null;
        this.#enter('down', { lastError: reason });
        resolve(reason);
      });
      model.on('blocked', (why: string) => {
        log.warn({ reason: why }, 'Bloodbank: the broker takes no messages');
        this.#enter('up', { blocked: why });
      });
      model.on('unblocked', () => {
        log.info('Bloodbank: the broker takes messages again');
        this.#enter('up');
      });
      const sayGoodbye = (): void => {
        model.close().catch(() => undefined);
        void pause(closeTimeoutMs, gone.signal).then(() => this.#abandon(model));
      };
      this.#closing.signal.addEventListener('abort', sayGoodbye, { signal: gone.signal });
      if (this.#closing.signal.aborted) sayGoodbye();
      this.#model = model;
      this.#enter('up');
    });
  }

  /** Drops the socket; the library then reports error and close like for any loss. */
  #abandon(model: ChannelModel): void {
    this.#drop.abort(new Error('dropped'));
    // The in-process bus has no socket to drop.
    model.close().catch(() => undefined);
  }

  #enter(
    state: ConnectionStatus['state'],
    detail: { readonly blocked?: string; readonly lastError?: string | null } = {},
  ): void {
    this.#status = {
      state,
      since: this.#status.state === state ? this.#status.since : this.#options.now(),
      blocked: detail.blocked ?? null,
      lastError: detail.lastError ?? (state === 'up' ? null : this.#status.lastError),
    };
    this.#changes.emit('change');
  }
}

function messageOf(error: unknown): string {
  const { message, code, name } = error as Error & { code?: unknown };
  // A refusal on every address of a host has a code and no message.
  return message || String(code ?? name);
}
