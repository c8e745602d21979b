import { randomUUID } from 'node:crypto';
import { shuffled } from '../support/random.ts';
import type { Body } from './github.ts';
import type { Told } from './story.ts';

export interface Message {
  readonly key: string;
  readonly body: Body;
}

/** As it is, in Bloodbank's envelope, or in that of the relay of another vendor's webhooks. */
const wrappings: readonly ((told: Told) => Message)[] = [
  ({ key, body }) => ({ key, body }),
  ({ key, body }) => ({
    key,
    body: {
      event_id: randomUUID(),
      event_type: key,
      timestamp: new Date().toISOString(),
      version: '1.0.0',
      source: { host: 'relay-1', type: 'webhook', app: 'github-relay' },
      correlation_ids: [],
      payload: body,
    },
  }),
  ({ event, body }) => ({
    key: 'webhook.plane.github',
    body: {
      provider: 'plane',
      event,
      path: '/webhooks/plane',
      headers: { 'X-GitHub-Event': event, 'X-GitHub-Delivery': randomUUID() },
      body,
    },
  }),
];

/** Each of them one to three times, in any order and wrapping: what a network makes of them. */
export function jumbled(told: readonly Told[], random: () => number): readonly Message[] {
  const deliveries = told.flatMap((each) =>
    Array.from({ length: 1 + Math.floor(random() * 3) }, () => {
      const wrap = wrappings[Math.floor(random() * wrappings.length)] ?? wrappings[0];
      return (wrap as (told: Told) => Message)(each);
    }),
  );
  return shuffled(deliveries, random);
}
