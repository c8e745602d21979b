import type { Writable } from 'node:stream';

/**
 * Sends what is written to a socket in one go: at once after a pause of `gatherMs` or more, else
 * `gatherMs` after what was sent before. amqplib writes each frame by itself; under load that is a
 * system call, and a wake-up of the broker, for every publication and every acknowledgement.
 */
export function writeTogether(socket: Writable, gatherMs: number): void {
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  let sentAt = Number.NEGATIVE_INFINITY;
  const send = () => {
    sentAt = performance.now();
    socket.uncork();
  };
  socket.write = (...args: unknown[]): boolean => {
    if (socket.writableCorked === 0) {
      socket.cork();
      const wait = sentAt + gatherMs - performance.now();
      if (wait > 0) setTimeout(send, wait);
      else process.nextTick(send);
    }
    return write(...args);
  };
}
