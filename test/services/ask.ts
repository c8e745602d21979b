import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { inject } from 'vitest';

/**
 * Asks the process that runs the tests for a service; the first request for one starts it.
 *
 * @throws Error with the reason when the service cannot be had: such a test fails, it never skips
 */
export async function ask<Answer>(service: string, argument = ''): Promise<Answer> {
  // Not fetch: it gives up after five minutes, and a first start may install packages.
  const { status, body } = await new Promise<{ status: number; body: string }>(
    (resolve, reject) => {
      const sent = request(`${inject('imiServices')}/${service}`, { method: 'POST' });
      sent.once('error', reject);
      sent.once('response', (response) => {
        text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
      });
      sent.end(argument);
    },
  );
  if (status !== 200) throw new Error(body);
  return JSON.parse(body) as Answer;
}
