import { createServer } from 'node:net';

/**
 * A TCP port of this machine that nobody listens on at this moment.
 *
 * @param preferred the port to take when it is free; left out or 0 = any
 * @param host the address the caller will listen on
 * @returns `preferred`, or a port chosen by the operating system when it is taken
 *
 * Another process may take the port before the caller listens on it: callers that cannot listen
 * on port 0 themselves try again with a new one.
 */
export async function freePort(preferred = 0, host = '127.0.0.1'): Promise<number> {
  try {
    return await probe(preferred, host);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (preferred !== 0 && (code === 'EADDRINUSE' || code === 'EACCES')) return probe(0, host);
    throw error;
  }
}

function probe(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : port));
    });
  });
}
