import { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { AppendStreams } from '../../src/events/esdb-append-streams.ts';
import type { Caller } from '../../src/events/esdb-open-client.ts';

const request = { streamId: 'project-1', expected: 'no_stream', events: [] } as const;

/** Calls as the client opens them; each keeps what it was given and is answered by the test. */
function calls() {
  const opened: { readonly call: Duplex; readonly sent: Buffer[] }[] = [];
  const makeBidiStreamRequest = () => {
    const sent: Buffer[] = [];
    const call = new Duplex({
      objectMode: true,
      read: () => {},
      // Never done: what is sent next on the same call waits for ever.
      write: (message: Buffer) => void sent.push(message),
    });
    opened.push({ call, sent });
    return call;
  };
  const client = {
    GRPCStreamCreator: (_: unknown, __: string, create: (stub: object) => Duplex) => async () =>
      create({ makeBidiStreamRequest }),
    callArguments: () => [{}, {}],
  };
  return { opened, caller: { client, onOpening: () => {} } as unknown as Caller };
}

const correlationIdOf = (message: Buffer | undefined): string =>
  /00000000-0000-4000-8000-[0-9a-f]{12}/.exec(String(message))?.[0] ?? '';

const written = (revision: number) => ({ revision, position: BigInt(revision) });

test('appends of one turn do not wait for each other to be sent', async () => {
  const { opened, caller } = calls();
  const appends = new AppendStreams(caller);
  const answers = Array.from({ length: 16 }, () => appends.append(request, 1_000));
  await expect.poll(() => opened.map(({ sent }) => sent.length)).toEqual(Array(16).fill(1));
  // Answered in another order than they were sent.
  for (const [place, { call, sent }] of [...opened.entries()].reverse()) {
    call.push({ correlationId: correlationIdOf(sent[0]), written: written(place) });
  }
  expect(await Promise.all(answers)).toEqual(opened.map((_, place) => written(place)));
});

test('a call that ends fails those that wait on it and nobody else', async () => {
  const { opened, caller } = calls();
  const appends = new AppendStreams(caller);
  const [first, second] = [appends.append(request, 1_000), appends.append(request, 1_000)];
  await expect.poll(() => opened.map(({ sent }) => sent.length)).toEqual([1, 1]);
  opened[0]?.call.push(null);
  await expect(first).rejects.toThrow();
  opened[1]?.call.push({ correlationId: correlationIdOf(opened[1].sent[0]), written: written(0) });
  expect(await second).toEqual(written(0));
});
