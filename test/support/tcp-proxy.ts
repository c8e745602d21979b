import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * What a way does to what is sent over it. `cut`: connections are reset, new ones too. `half-open`:
 * the far side is gone and the near side is not told; what it sends is swallowed, for ever on the
 * connections of that time. `stalled`: nothing arrives until it is over, then everything does.
 * `slow`: each piece takes `slowMs`.
 */
export type WayCondition = 'open' | 'cut' | 'half-open' | 'stalled' | 'slow';

interface Pair {
  readonly near: Socket;
  readonly far: Socket | null;
  swallowed: boolean;
}

/** A way between a client and a server, over which bad things happen. */
export class TcpProxy {
  readonly #server: Server;
  readonly #target: () => number;
  readonly #slowMs: number;
  readonly #pairs = new Set<Pair>();
  #condition: WayCondition = 'open';
  #changed = Promise.withResolvers<void>();

  private constructor(server: Server, target: () => number, slowMs: number) {
    this.#server = server;
    this.#target = target;
    this.#slowMs = slowMs;
    server.on('connection', (near) => this.#accept(near));
  }

  /** @param target the port on 127.0.0.1 that each new connection is led to */
  static async listen(target: () => number, slowMs = 30): Promise<TcpProxy> {
    // A far side that is gone does not answer a goodbye either.
    const server = createServer({ allowHalfOpen: true });
    const proxy = new TcpProxy(server, target, slowMs);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections that are open on the near side. */
  get connections(): number {
    return this.#pairs.size;
  }

  become(condition: WayCondition): void {
    this.#condition = condition;
    for (const pair of this.#pairs) {
      if (condition === 'cut') end(pair);
      if (condition === 'half-open') swallow(pair);
    }
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  async close(): Promise<void> {
    this.become('cut');
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(near: Socket): void {
    if (this.#condition === 'cut') {
      near.on('error', () => undefined);
      near.resetAndDestroy();
      return;
    }
    const swallowed = this.#condition === 'half-open';
    const far = swallowed
      ? null
      : connect({ port: this.#target(), host: '127.0.0.1', allowHalfOpen: true });
    const pair: Pair = { near, far, swallowed };
    this.#pairs.add(pair);
    near.once('close', () => {
      this.#pairs.delete(pair);
      far?.destroy();
    });
    far?.once('close', () => {
      if (!pair.swallowed) near.destroy();
    });
    for (const socket of [near, far]) socket?.setNoDelay().on('error', () => undefined);
    void this.#carry(near, far, pair);
    if (far !== null) void this.#carry(far, near, pair);
  }

  async #carry(from: Socket, to: Socket | null, pair: Pair): Promise<void> {
    try {
      for await (const piece of from) {
        await this.#pass(pair);
        if (pair.swallowed || to === null) continue;
        if (!to.write(piece)) await Promise.race([once(to, 'drain'), once(to, 'close')]);
      }
      if (!pair.swallowed) to?.end();
    } catch {
      if (!pair.swallowed) end(pair);
    }
  }

  async #pass(pair: Pair): Promise<void> {
    if (this.#condition === 'slow') await delay(this.#slowMs);
    while (this.#condition === 'stalled' && !pair.near.destroyed) await this.#changed.promise;
  }
}

function end({ near, far }: Pair): void {
  near.resetAndDestroy();
  far?.resetAndDestroy();
}

function swallow(pair: Pair): void {
  pair.swallowed = true;
  pair.far?.destroy();
  pair.near.resume();
}

/** The same address with another port. */
export function atPort(url: string, port: number): string {
  const moved = new URL(url);
  moved.port = String(port);
  return moved.href;
}
