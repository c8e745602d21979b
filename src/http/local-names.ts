import type { FastifyInstance } from 'fastify';
import { ImiError } from '../errors.ts';

const localName = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

/**
 * Answers only who asks by a name of this machine. Without keys the loopback interface is all that
 * protects iMi, and a web page can get round that: its own host name may be made to lead to 127.0.0.1
 * (DNS rebinding), and then the browser takes iMi for the page's server.
 */
export function onlyByLocalName(app: FastifyInstance): void {
  app.addHook('onRequest', ({ headers }, _reply, done) => {
    done(localName.test(headers.host ?? '') ? undefined : foreignName());
  });
}

const foreignName = (): ImiError => {
  const message =
    'Without API keys iMi answers to localhost and 127.0.0.1 only: set IMI_API_KEY, or IMI_HOST';
  return new ImiError('FORBIDDEN', message, { field: 'Host' });
};

/** Whether an address to listen on is reached from this machine alone. */
export const isLoopback = (host: string): boolean =>
  host === '::1' || localName.test(host.toLowerCase());
