import { expect, it } from 'vitest';
import { sentEvents } from '../../src/cli/server-sent-events.ts';
import { frameText } from '../../src/http/event-stream.ts';

async function read(text: string, size: number) {
  const bytes = new TextEncoder().encode(text);
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const frames: unknown[] = [];
  for await (const frame of sentEvents(pieces())) frames.push(frame);
  return frames;
}

it('Frames are read as they were written, wherever the network cuts them', async () => {
  const text = [
    { comment: 'hello', id: '1', retry: 2000 },
    { comment: 'nothing but a comment' },
    { id: '2', data: { name: 'Grüße: 🚀' } },
    { event: 'end', data: { reason: 'shutdown' } },
  ]
    .map(frameText)
    .join('');
  for (let size = 1; size < 40; size += 1) {
    expect(await read(text, size)).toEqual([
      { id: '1', event: 'message', data: null },
      { id: '2', event: 'message', data: '{"name":"Grüße: 🚀"}' },
      { id: null, event: 'end', data: '{"reason":"shutdown"}' },
    ]);
  }
});
