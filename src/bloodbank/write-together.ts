import type { Writable } from 'node:stream';

/**
 * Sends what is written to a socket in one go, once whoever is writing has finished. amqplib writes
 * each frame by itself; under load that is a system call, and a wake-up of the broker, for every
 * publication and every acknowledgement.
 */
export function writeTogether(socket: Writable): void {
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  socket.write = (...args: unknown[]): boolean => {
    if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    return write(...args);
  };
}
