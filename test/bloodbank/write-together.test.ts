import { Writable } from 'node:stream';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { writeTogether } from '../../src/bloodbank/write-together.ts';

/** A socket that notes what it sends in one go. */
function socketThatNotes() {
  const sent: string[][] = [];
  const socket = new Writable({
    decodeStrings: false,
    write: (chunk, _encoding, done) => {
      sent.push([chunk]);
      done();
    },
    writev: (chunks, done) => {
      sent.push(chunks.map(({ chunk }) => chunk));
      done();
    },
  });
  return { socket, sent };
}

const gatherMs = 2;
const turn = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

it('sends what is written in one turn together, in order', async () => {
  const { socket, sent } = socketThatNotes();
  writeTogether(socket, gatherMs);
  for (const frame of ['publish', 'ack', 'ack']) socket.write(frame);
  expect(sent).toEqual([]);
  await turn();
  expect(sent).toEqual([['publish', 'ack', 'ack']]);
});

it('gathers what is written soon after, and sends at once what comes after a pause', async () => {
  const { socket, sent } = socketThatNotes();
  writeTogether(socket, gatherMs);
  socket.write('publish');
  await turn();
  socket.write('ack');
  await turn();
  vi.advanceTimersByTime(gatherMs - 1);
  socket.write('ack again');
  await turn();
  expect(sent).toEqual([['publish']]);
  vi.advanceTimersByTime(1);
  expect(sent).toEqual([['publish'], ['ack', 'ack again']]);
  vi.advanceTimersByTime(gatherMs);
  socket.write('publish');
  await turn();
  expect(sent).toEqual([['publish'], ['ack', 'ack again'], ['publish']]);
});

it('sends the rest before its end', async () => {
  const { socket, sent } = socketThatNotes();
  writeTogether(socket, gatherMs);
  socket.write('publish');
  await turn();
  socket.write('ack');
  socket.end('goodbye');
  await turn();
  vi.advanceTimersByTime(gatherMs);
  expect(sent).toEqual([['publish'], ['ack', 'goodbye']]);
});

it('tells each writer when its part is sent', async () => {
  const { socket } = socketThatNotes();
  writeTogether(socket, gatherMs);
  const told: string[] = [];
  socket.write('a', () => told.push('a'));
  socket.write('b', 'latin1', () => told.push('b'));
  await turn();
  expect(told).toEqual(['a', 'b']);
});

it('harms nobody when the socket is gone before the turn ends', async () => {
  const { socket, sent } = socketThatNotes();
  writeTogether(socket, gatherMs);
  socket.on('error', () => undefined);
  socket.write('publish');
  socket.destroy();
  await turn();
  expect(sent).toEqual([]);
});
