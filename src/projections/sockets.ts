import { Socket } from 'node:net';
import { within } from '../within.ts';

/** Time for a server to answer a goodbye. */
const goodbyeMs = 1_000;

/**
 * The sockets of one client or pool. A server that has gone silent does not answer a goodbye, and a
 * socket that waits for one keeps the process.
 */
export class Sockets {
  readonly #open = new Set<Socket>();

  /** For `stream` in the settings of a client or pool. */
  readonly create = (): Socket => {
    const socket = new Socket();
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    return socket;
  };

  /** Returns when all are closed after the goodbye that was begun; by force, if it takes too long. */
  async closed(goodbye: Promise<unknown>): Promise<void> {
    const gone = [...this.#open].map(
      (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
    );
    await within(goodbyeMs, Promise.all([goodbye, ...gone])).catch(() => undefined);
    for (const socket of this.#open) socket.destroy();
  }
}
