import { randomUUID } from 'node:crypto';
import {
  type AllStreamSubscription,
  ANY,
  BACKWARDS,
  END,
  EventStoreDBClient,
  eventTypeFilter,
  type JSONEventType,
  jsonEvent,
  NO_STREAM,
  type ResolvedEvent,
  START,
  streamNameFilter,
} from '@eventstore/db-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectEventStore } from '../../src/events/esdb-event-store.ts';
import {
  type EventStore,
  type NewEvent,
  type SubscriptionMessage,
  WrongRevisionError,
} from '../../src/events/event-store.ts';

/** Names that no other run uses, so that the suite runs on a server with a history. */
const run = randomUUID().slice(0, 8);
const streamName = (what: string) => `contract-${run}-${what}-${randomUUID().slice(0, 8)}`;
const typeName = (what: string) => `contract.${run}.${what}`;

export function newEvent(type = typeName('happened'), data: NewEvent['data'] = {}): NewEvent {
  const id = randomUUID();
  return {
    id,
    type,
    data,
    metadata: {
      command_id: id,
      $correlationId: id,
      $causationId: id,
      actor: 'contract',
      source: { host: 'test', type: 'test', app: 'contract' },
      schema_version: 1,
      occurred_at: '2026-01-01T00:00:00.000Z',
    },
  };
}

const rawEvent = (type = typeName('raw'), n = 0, id = randomUUID()) =>
  jsonEvent<JSONEventType>({ id, type, data: { n } });

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const result: T[] = [];
  for await (const item of items) result.push(item);
  return result;
}

const numbersOf = (events: readonly ResolvedEvent[]) =>
  events.map(({ event }) => (event?.data as { n: number } | undefined)?.n);

async function take(subscription: AsyncIterable<ResolvedEvent>, count: number) {
  const taken: ResolvedEvent[] = [];
  for await (const event of subscription) if (taken.push(event) === count) break;
  return taken;
}

async function takeAndStop(subscription: AllStreamSubscription, count: number) {
  const taken = await take(subscription, count);
  await subscription.unsubscribe();
  return taken;
}

/**
 * What iMi relies on, checked through the unmodified client and through our port. The same suite
 * runs on the embedded server and on a real one (`IMI_TEST_EVENTSTORE_URL`).
 */
export function eventStoreContract(urlOf: () => string): void {
  describe('the client', () => {
    let client: EventStoreDBClient;
    beforeAll(() => {
      client = EventStoreDBClient.connectionString(urlOf());
    });
    afterAll(() => client.dispose());

    it('answers an append with the last revision and the position of the last event', async () => {
      const stream = streamName('append');
      const events = [rawEvent(), rawEvent(), rawEvent()];
      const result = await client.appendToStream(stream, events, { expectedRevision: NO_STREAM });
      const read = await collect(client.readStream(stream));
      expect(result).toMatchObject({ success: true, nextExpectedRevision: 2n });
      expect(read.map(({ event }) => event?.id)).toEqual(events.map(({ id }) => id));
      expect(read.map(({ event }) => event?.revision)).toEqual([0n, 1n, 2n]);
      expect(result.position?.commit).toBe(read[2]?.event?.position?.commit);
    });

    it('refuses an append at another revision and writes nothing', async () => {
      const stream = streamName('wrong');
      await client.appendToStream(stream, [rawEvent(), rawEvent()]);
      for (const expectedRevision of [NO_STREAM, 0n, 5n] as const) {
        const refused = client.appendToStream(stream, rawEvent(), { expectedRevision });
        await expect(refused).rejects.toMatchObject({
          type: 'wrong-expected-version',
          actualVersion: 1n,
        });
      }
      const missing = client.appendToStream(streamName('none'), rawEvent(), {
        expectedRevision: 3n,
      });
      await expect(missing).rejects.toMatchObject({ actualVersion: 'no_stream' });
      expect(await collect(client.readStream(stream))).toHaveLength(2);
    });

    it('answers the same events at the same place as the first time', async () => {
      const stream = streamName('again');
      const events = [rawEvent(), rawEvent()];
      const first = await client.appendToStream(stream, events, { expectedRevision: NO_STREAM });
      await client.appendToStream(stream, rawEvent(), { expectedRevision: 1n });
      const again = await client.appendToStream(stream, events, { expectedRevision: NO_STREAM });
      expect(again.nextExpectedRevision).toBe(first.nextExpectedRevision);
      expect(await collect(client.readStream(stream))).toHaveLength(3);
    });

    it('refuses events of which only some were written before', async () => {
      const stream = streamName('partly');
      const events = [rawEvent(), rawEvent()];
      await client.appendToStream(stream, events, { expectedRevision: NO_STREAM });
      for (const proposed of [
        [...events, rawEvent()],
        [events[0], rawEvent()],
      ]) {
        const refused = client.appendToStream(stream, proposed as typeof events, {
          expectedRevision: NO_STREAM,
        });
        await expect(refused).rejects.toMatchObject({ type: 'wrong-expected-version' });
      }
    });

    it('answers a repetition sent while the first is on its way, and writes once', async () => {
      const stream = streamName('twins');
      const event = rawEvent();
      const twins = Array.from({ length: 8 }, () =>
        client.appendToStream(stream, event, { expectedRevision: NO_STREAM }),
      );
      const revisions = (await Promise.all(twins)).map((result) => result.nextExpectedRevision);
      expect(new Set(revisions)).toEqual(new Set([0n]));
      expect(await collect(client.readStream(stream))).toHaveLength(1);
    });

    it('writes a repetition without an expected revision once', async () => {
      const stream = streamName('any');
      const event = rawEvent();
      await client.appendToStream(stream, event, { expectedRevision: ANY });
      await client.appendToStream(stream, event, { expectedRevision: ANY });
      expect(await collect(client.readStream(stream))).toHaveLength(1);
    });

    it('lets exactly one of many writers win a revision', async () => {
      const stream = streamName('race');
      const results = await Promise.allSettled(
        Array.from({ length: 12 }, () =>
          client.appendToStream(stream, rawEvent(), { expectedRevision: NO_STREAM }),
        ),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await collect(client.readStream(stream))).toHaveLength(1);
    });

    it('appends in chunks as one', async () => {
      const stream = streamName('chunks');
      const events = Array.from({ length: 30 }, (_, n) => rawEvent(typeName('chunk'), n));
      await client.appendToStream(stream, events, {
        expectedRevision: NO_STREAM,
        batchAppendSize: 500,
      });
      expect(numbersOf(await collect(client.readStream(stream)))).toEqual(events.map((_, n) => n));
    });

    it('refuses more than a mebibyte and writes nothing of it', async () => {
      const stream = streamName('large');
      const large = jsonEvent({ type: typeName('large'), data: { text: 'x'.repeat(700_000) } });
      const refused = client.appendToStream(stream, [large, { ...large, id: randomUUID() }]);
      await expect(refused).rejects.toMatchObject({ type: 'maximum-append-size-exceeded' });
      const read = collect(client.readStream(stream));
      await expect(read).rejects.toMatchObject({ type: 'stream-not-found' });
    });

    it('appends with credentials of its own, by the older call', async () => {
      const stream = streamName('classic');
      const credentials = { username: 'admin', password: 'changeit' };
      const event = rawEvent();
      const options = { expectedRevision: NO_STREAM, credentials } as const;
      const first = await client.appendToStream(stream, [event, rawEvent()], options);
      expect(first).toMatchObject({ success: true, nextExpectedRevision: 1n });
      const refused = client.appendToStream(stream, rawEvent(), options);
      await expect(refused).rejects.toMatchObject({
        actualVersion: 1n,
        expectedVersion: 'no_stream',
      });
    });

    it('says that a stream which does not exist is not found', async () => {
      const read = collect(client.readStream(streamName('missing')));
      await expect(read).rejects.toMatchObject({ type: 'stream-not-found' });
    });

    it('reads a stream from a revision, that one included, in both directions', async () => {
      const stream = streamName('directions');
      await client.appendToStream(
        stream,
        [0, 1, 2, 3].map((n) => rawEvent(typeName('n'), n)),
      );
      const read = async (options: Parameters<typeof client.readStream>[1]) =>
        numbersOf(await collect(client.readStream(stream, options)));
      expect(await read({ fromRevision: 1n })).toEqual([1, 2, 3]);
      expect(await read({ fromRevision: 1n, maxCount: 2 })).toEqual([1, 2]);
      expect(await read({ fromRevision: 2n, direction: BACKWARDS })).toEqual([2, 1, 0]);
      expect(await read({ fromRevision: END, direction: BACKWARDS, maxCount: 1 })).toEqual([3]);
      expect(await read({ fromRevision: 9n })).toEqual([]);
    });

    it('reads all events forwards from a position on and backwards from before it', async () => {
      const stream = streamName('all');
      const events = [0, 1, 2].map((n) => rawEvent(typeName('all'), n));
      await client.appendToStream(stream, events);
      const [, second] = await collect(client.readStream(stream));
      const position = second?.event?.position;
      if (!position) throw new Error('a read event has a position');
      const [forwards] = await collect(client.readAll({ fromPosition: position, maxCount: 1 }));
      const [backwards] = await collect(
        client.readAll({ fromPosition: position, maxCount: 1, direction: BACKWARDS }),
      );
      expect(forwards?.event?.id).toBe(events[1]?.id);
      expect(backwards?.event?.id).toBe(events[0]?.id);
    });

    it('finds a deleted stream no more, and goes on with its revisions when it begins again', async () => {
      const stream = streamName('deleted');
      await client.appendToStream(stream, [rawEvent(), rawEvent()]);
      const wrong = client.deleteStream(stream, { expectedRevision: 7n });
      await expect(wrong).rejects.toMatchObject({ type: 'wrong-expected-version' });
      await client.deleteStream(stream, { expectedRevision: 1n });
      const gone = collect(client.readStream(stream));
      await expect(gone).rejects.toMatchObject({ type: 'stream-not-found' });
      const options = { expectedRevision: NO_STREAM } as const;
      const again = await client.appendToStream(stream, rawEvent(), options);
      expect(again.nextExpectedRevision).toBe(2n);
      const read = await collect(client.readStream(stream));
      expect(read.map(({ event }) => event?.revision)).toEqual([2n]);
    });

    it('neither reads nor writes a stream with a tombstone', async () => {
      const stream = streamName('tombstone');
      await client.appendToStream(stream, rawEvent());
      await client.tombstoneStream(stream);
      const deleted = { type: 'stream-deleted' };
      await expect(collect(client.readStream(stream))).rejects.toMatchObject(deleted);
      await expect(client.appendToStream(stream, rawEvent())).rejects.toMatchObject(deleted);
      await expect(client.deleteStream(stream)).rejects.toMatchObject(deleted);
    });

    it('cuts the reads of a stream, and nothing else, by its metadata', async () => {
      const stream = streamName('cut');
      await client.appendToStream(
        stream,
        [0, 1, 2, 3, 4].map((n) => rawEvent(typeName('cut'), n)),
      );
      const read = async () => numbersOf(await collect(client.readStream(stream)));
      await client.setStreamMetadata(stream, { maxCount: 2 });
      expect(await read()).toEqual([3, 4]);
      await client.setStreamMetadata(stream, { truncateBefore: 1 });
      expect(await read()).toEqual([1, 2, 3, 4]);
      expect((await client.getStreamMetadata(stream)).metadata).toEqual({ truncateBefore: 1 });
      const filter = streamNameFilter({ prefixes: [stream] });
      const all = await takeAndStop(client.subscribeToAll({ fromPosition: START, filter }), 5);
      expect(numbersOf(all)).toEqual([0, 1, 2, 3, 4]);
    });

    it('subscribes to a stream after a revision and goes on live', async () => {
      const stream = streamName('subscribed');
      await client.appendToStream(
        stream,
        [0, 1, 2].map((n) => rawEvent(typeName('sub'), n)),
      );
      const subscription = client.subscribeToStream(stream, { fromRevision: 0n });
      subscription.once('caughtUp', () => {
        void client.appendToStream(
          stream,
          [3, 4].map((n) => rawEvent(typeName('sub'), n)),
        );
      });
      const taken = await take(subscription, 4);
      await subscription.unsubscribe();
      expect(numbersOf(taken)).toEqual([1, 2, 3, 4]);
    });

    it.each([
      ['prefixes of the type', () => eventTypeFilter({ prefixes: [typeName('wanted')] })],
      ['a pattern of the type', () => eventTypeFilter({ regex: `^contract\\.${run}\\.wanted` })],
      ['prefixes of the stream', () => streamNameFilter({ prefixes: [`contract-${run}-wanted`] })],
      ['a pattern of the stream', () => streamNameFilter({ regex: `^contract-${run}-wanted` })],
    ])('filters all events by %s', async (_, filterOf) => {
      const marker = randomUUID();
      const wanted = [0, 1].map(() => rawEvent(typeName('wanted')));
      const before = await collect(
        client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 }),
      );
      const fromPosition = before[0]?.event?.position ?? START;
      await client.appendToStream(streamName('wanted'), wanted[0] as (typeof wanted)[0]);
      await client.appendToStream(streamName('other'), rawEvent(typeName('other'), 0, marker));
      await client.appendToStream(streamName('wanted'), wanted[1] as (typeof wanted)[0]);
      const subscription = client.subscribeToAll({ fromPosition, filter: filterOf() });
      const taken = await takeAndStop(subscription, 2);
      expect(taken.map(({ event }) => event?.id)).toEqual(wanted.map(({ id }) => id));
    });

    it('reports how far it has searched when nothing matches', async () => {
      const stream = streamName('unmatched');
      const events = Array.from({ length: 40 }, () => rawEvent());
      await client.appendToStream(stream, events);
      const [first] = await collect(client.readStream(stream, { maxCount: 1 }));
      const reached = new Promise<bigint>((resolve) => {
        const subscription = client.subscribeToAll({
          fromPosition: first?.event?.position,
          filter: eventTypeFilter({
            prefixes: [typeName('nothing has this type')],
            maxSearchWindow: 10,
            checkpointReached: (_, { commit }) => {
              void subscription.unsubscribe();
              resolve(commit);
            },
          }),
        });
      });
      expect(await reached).toBeGreaterThan(first?.event?.position?.commit ?? 0n);
    });
  });

  describe('the port', () => {
    let store: EventStore;
    beforeAll(() => {
      store = connectEventStore(urlOf());
    });
    afterAll(() => store.close());

    it('gives back what was appended', async () => {
      const stream = streamName('port');
      const events = [newEvent(), newEvent(typeName('b'), { text: 'ü', list: [1, null] })];
      const result = await store.append(stream, 'no_stream', events);
      const read = await collect(store.readStream(stream));
      expect(read).toEqual(
        events.map((event, revision) => ({
          ...event,
          streamId: stream,
          revision,
          position: expect.any(BigInt),
        })),
      );
      expect(result).toEqual({ revision: 1, position: read[1]?.position });
      expect(await store.readLast(stream)).toEqual(read[1]);
      expect(await collect(store.readStream(stream, 1))).toEqual([read[1]]);
    });

    it('reads nothing from a stream that does not exist', async () => {
      const stream = streamName('nothing');
      expect(await collect(store.readStream(stream))).toEqual([]);
      expect(await store.readLast(stream)).toBeNull();
    });

    it('looks for any number of streams that do not exist on one connection', async () => {
      const lost = new AbortController();
      const following = collect(
        store.subscribe({ after: null, typePrefixes: [typeName('none')], signal: lost.signal }),
      );
      for (let found = 0; found < 2_000; found += 50) {
        const looks = Array.from({ length: 50 }, () => store.readLast(streamName('nothing')));
        expect(await Promise.all(looks)).toEqual(looks.map(() => null));
      }
      // A connection that had been cut would have taken the subscription with it.
      lost.abort();
      await expect(following).resolves.toBeDefined();
    }, 60_000);

    it('throws WrongRevisionError at another revision, and repeats an append without harm', async () => {
      const stream = streamName('revision');
      const event = newEvent();
      const first = await store.append(stream, 'no_stream', [event]);
      expect(await store.append(stream, 'no_stream', [event])).toEqual(first);
      await expect(store.append(stream, 'no_stream', [newEvent()])).rejects.toEqual(
        new WrongRevisionError(stream, 'no_stream'),
      );
      await expect(store.append(stream, 4, [newEvent()])).rejects.toThrow(WrongRevisionError);
    });

    it('knows the head of all events', async () => {
      const { position } = await store.append(streamName('head'), 'no_stream', [newEvent()]);
      expect(await store.head()).toBeGreaterThanOrEqual(position);
    });

    it('reads pieces of all events both ways, beyond the position and up to the limit', async () => {
      const stream = streamName('pieces');
      const first = await store.append(stream, 'no_stream', [newEvent()]);
      await store.append(stream, 0, [newEvent(), newEvent(), newEvent()]);
      const mine = async (direction: 'forwards' | 'backwards', from: bigint | null) =>
        (await collect(store.readAll({ direction, from, limit: 100 })))
          .filter((event) => event.streamId === stream)
          .map((event) => event.revision);
      expect(await mine('forwards', first.position)).toEqual([1, 2, 3]);
      expect(await mine('backwards', null)).toEqual([3, 2, 1, 0]);
      const [, second] = await collect(store.readStream(stream));
      expect(await mine('backwards', second?.position ?? null)).toEqual([0]);
      const pieces = await collect(
        store.readAll({ direction: 'forwards', from: first.position, limit: 2 }),
      );
      expect(pieces).toHaveLength(2);
      const beginning = await collect(
        store.readAll({ direction: 'forwards', from: null, limit: 3 }),
      );
      expect(beginning).toHaveLength(3);
    });

    it('keeps only the newest events of a stream', async () => {
      const stream = streamName('newest');
      await store.append(stream, 'no_stream', [newEvent(), newEvent(), newEvent()]);
      await store.keepOnly(stream, 1);
      expect((await collect(store.readStream(stream))).map((event) => event.revision)).toEqual([2]);
      await store.append(stream, 2, [newEvent()]);
      expect((await collect(store.readStream(stream))).map((event) => event.revision)).toEqual([3]);
    });

    it('takes as many appends at once as come', async () => {
      const streams = Array.from({ length: 100 }, (_, n) => streamName(`many-${n}`));
      const results = await Promise.all(
        streams.map((stream) => store.append(stream, 'no_stream', [newEvent()])),
      );
      expect(new Set(results.map(({ position }) => position)).size).toBe(streams.length);
    });

    it('subscribes after a position, in order, live, with checkpoints among the events', async () => {
      const type = typeName('subscribed');
      const stream = streamName('subscribed');
      const before = await store.append(stream, 'no_stream', [newEvent(type)]);
      const events = Array.from({ length: 300 }, () => newEvent(type));
      await store.append(stream, 0, events);
      const live = newEvent(type);
      const stop = new AbortController();
      const messages: SubscriptionMessage[] = [];
      for await (const message of store.subscribe({
        after: before.position,
        typePrefixes: [type],
        signal: stop.signal,
      })) {
        messages.push(message);
        if (message.kind !== 'event') continue;
        if (message.event.id === events.at(-1)?.id) await store.append(stream, 300, [live]);
        if (message.event.id === live.id) stop.abort();
      }
      const ids = messages.flatMap((m) => (m.kind === 'event' ? [m.event.id] : []));
      const positions = messages.map((m) => (m.kind === 'event' ? m.event.position : m.position));
      expect(ids).toEqual([...events, live].map(({ id }) => id));
      expect(messages.some(({ kind }) => kind === 'checkpoint')).toBe(true);
      expect(positions).toEqual([...positions].sort((a, b) => Number(a - b)));
    });

    it('ends a waiting subscription without an error when it is aborted', async () => {
      const stop = new AbortController();
      const waiting = collect(
        store.subscribe({
          after: await store.head(),
          typePrefixes: [typeName('never')],
          signal: stop.signal,
        }),
      );
      setImmediate(() => stop.abort());
      await expect(waiting).resolves.toEqual([]);
    });

    it('leaves other subscriptions alone when one of them is aborted', async () => {
      const type = typeName('other');
      const stream = streamName('other');
      const [mine, others] = [new AbortController(), new AbortController()];
      const after = await store.head();
      const delivered: string[] = [];
      const other = (async () => {
        const options = { after, typePrefixes: [type], signal: others.signal };
        for await (const message of store.subscribe(options)) {
          if (message.kind !== 'event') continue;
          delivered.push(message.event.id);
          if (delivered.length === 1) mine.abort();
          if (delivered.length === 2) others.abort();
        }
      })();
      const aborted = collect(
        store.subscribe({ after, typePrefixes: [typeName('never')], signal: mine.signal }),
      );
      const events = [newEvent(type), newEvent(type)];
      await store.append(stream, 'no_stream', events.slice(0, 1));
      await aborted;
      await store.append(stream, 0, events.slice(1));
      await other;
      expect(delivered).toEqual(events.map(({ id }) => id));
    });
  });
}
