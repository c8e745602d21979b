import type { Writable } from 'node:stream';

/** Holds back what is sent from now on until `later` calls back, and sends it in one piece then. */
export function sendTogether(stream: Writable, later: (send: () => void) => unknown): void {
  if (stream.writableCorked > 0) return;
  stream.cork();
  later(() => stream.uncork());
}
