import { setTimeout as delay } from 'node:timers/promises';
import type { Entry, Ledger } from './ledger.ts';
import type { Asked } from './world.ts';

export interface HttpDelivery {
  readonly asked: Asked;
  readonly entry: Entry;
  /** Where to try, one after the other. */
  readonly urls: readonly string[];
  readonly respondAsync: boolean;
  /** Gives up after the first try that fails, as some clients do. */
  readonly impatient: boolean;
  readonly signal: AbortSignal;
}

const retryMs = 150;
/** Longer than iMi takes to say that it cannot, whatever is frozen behind it. */
const answerLimitMs = 30_000;

/** Sends a command over HTTP until it has a final answer, which goes into the ledger. */
export async function deliverOverHttp(delivery: HttpDelivery, ledger: Ledger): Promise<void> {
  for (let attempt = 0; !delivery.signal.aborted; attempt += 1) {
    ledger.deliveries.http += 1;
    delivery.entry.deliveries += 1;
    if (await tryOnce(delivery, attempt, ledger)) return;
    if (delivery.impatient) return;
    await delay(retryMs);
  }
}

async function tryOnce(
  { asked, entry, urls, respondAsync }: HttpDelivery,
  attempt: number,
  ledger: Ledger,
): Promise<boolean> {
  const { method, path, body } = asked.http;
  const url = `${urls[attempt % urls.length]}${path}`;
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method,
      signal: AbortSignal.timeout(answerLimitMs),
      headers: {
        'idempotency-key': asked.message.id,
        ...(method !== 'DELETE' && { 'content-type': 'application/json' }),
        ...(respondAsync && { prefer: 'respond-async' }),
      },
      ...(method !== 'DELETE' && { body: JSON.stringify(body) }),
    });
    text = await response.text();
  } catch (error) {
    if ((error as Error).name === 'TimeoutError') {
      ledger.violations.push(`${method} ${path}: no answer in ${answerLimitMs} ms`);
    }
    return false;
  }
  const { status } = response;
  const answer = text === '' ? {} : JSON.parse(text);
  const code: string | undefined = answer.detail?.code;
  if (status >= 400 && code === undefined) {
    ledger.violations.push(`${method} ${path}: ${status} without a code: ${text}`);
  }
  if (status >= 500) {
    if (code !== 'UNAVAILABLE') ledger.violations.push(`${method} ${path}: ${status} ${text}`);
    return false;
  }
  entry.acknowledged = true;
  const position = response.headers.get('imi-position');
  ledger.answered(entry.id, {
    door: 'http',
    status: status >= 400 ? 'rejected' : status === 202 ? answer.status : 'settled',
    position,
    ...(code !== undefined && { code }),
  });
  return true;
}
