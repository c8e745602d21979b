import { randomUUID } from 'node:crypto';
import type { ProposedEvent } from '../../src/embedded/event-store/proposed-event.ts';
import { Store } from '../../src/embedded/event-store/store.ts';
import { history } from './history.ts';

/** Appends on their way at the same time: what bounds the memory. */
const atOnce = 2_000;
/** Every so many events come from a command with an id of its own, which leaves a claim. */
const claimEvery = 4;

/**
 * Writes a history of `events` public events, and claims between them, into the embedded event
 * store of a folder, which nobody else may have open.
 */
export async function fillEventStore(folder: string, events: number): Promise<void> {
  const store = await Store.open(folder, (error) => {
    throw error;
  });
  const revisions = new Map<string, number>();
  let time = Date.parse('2026-01-01T00:00:00Z');
  const clock = () => {
    time += 50;
    return new Date(time).toISOString();
  };
  let [appends, told]: [Promise<unknown>[], number] = [[], 0];
  for (const { stream, type, data } of history(events, clock)) {
    const command = randomUUID();
    if (told % claimEvery === 0) {
      const claim = proposed('command.claimed', { stream }, command, clock());
      appends.push(store.append(`command-${command}`, -1, [claim]));
    }
    const expected = revisions.get(stream) ?? -1;
    revisions.set(stream, expected + 1);
    appends.push(store.append(stream, expected, [proposed(type, data, command, clock())]));
    told += 1;
    if (appends.length < atOnce) continue;
    await Promise.all(appends);
    appends = [];
  }
  await Promise.all(appends);
  await store.close();
}

function proposed(type: string, data: object, command_id: string, at: string): ProposedEvent {
  const metadata = {
    command_id,
    $correlationId: command_id,
    $causationId: command_id,
    actor: 'bench',
    source: { host: 'bench', type: 'agent', app: 'flume' },
    schema_version: 1,
    occurred_at: at,
  };
  return {
    ...{ id: randomUUID(), type, contentType: 'application/json' },
    data: Buffer.from(JSON.stringify(data)),
    metadata: Buffer.from(JSON.stringify(metadata)),
  };
}
