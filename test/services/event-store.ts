import { ask } from './ask.ts';

/**
 * The shared event store: `IMI_TEST_EVENTSTORE_URL` or else the embedded server. Streams of all
 * tests live in it side by side: use ids of your own, and expect others' events in `$all`.
 *
 * @returns `esdb://…`
 */
export function testEventStoreUrl(): Promise<string> {
  return ask('event-store');
}
