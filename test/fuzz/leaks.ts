import { expect } from 'vitest';
import type { Stand } from '../e2e/stand.ts';
import { everyEvent } from '../support/every-event.ts';
import { leaksIn } from './secrets.ts';

const atMost = 10;

/**
 * Planted credentials stand in no log line, metric, refusal or metadata of an event, and those that
 * nobody was told to keep stand in no event at all. Answers what else the caller found them in.
 */
export async function expectNoLeaks(
  stand: Stand,
  more: { readonly [place: string]: string },
): Promise<void> {
  const recorded = await everyEvent(stand.store);
  const texts = (chosen: typeof recorded, part: 'data' | 'metadata') =>
    chosen.map((event) => `${event.type} ${JSON.stringify(event[part])}`).join('\n');
  const refusals = recorded.filter(({ type }) => type === 'imi.cmd.failed');
  const leaks = {
    log: leaksIn(stand.log),
    metrics: leaksIn(await stand.get('/metrics')),
    refusals: leaksIn(texts(refusals, 'data')),
    metadata: leaksIn(texts(recorded, 'metadata')),
    streams: leaksIn(recorded.map(({ streamId }) => streamId).join('\n')),
    events: leaksIn(texts(recorded, 'data'), ['hidden']),
    ...Object.fromEntries(Object.entries(more).map(([place, text]) => [place, leaksIn(text)])),
  };
  const found = Object.entries(leaks)
    .filter(([, those]) => those.length > 0)
    .map(([place, those]) => [place, those.slice(0, atMost)]);
  expect(Object.fromEntries(found)).toEqual({});
}
