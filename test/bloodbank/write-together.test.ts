import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
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

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('sends what is written in one turn together, in order, and each later turn by itself', async () => {
  const { socket, sent } = socketThatNotes();
  writeTogether(socket);
  for (const frame of ['publish', 'ack', 'ack']) socket.write(frame);
  expect(sent).toEqual([]);
  await turn();
  socket.write('publish');
  await turn();
  expect(sent).toEqual([['publish', 'ack', 'ack'], ['publish']]);
});

it('tells each writer when its part is sent', async () => {
  const { socket } = socketThatNotes();
  writeTogether(socket);
  const told: string[] = [];
  socket.write('a', () => told.push('a'));
  socket.write('b', 'latin1', () => told.push('b'));
  await turn();
  expect(told).toEqual(['a', 'b']);
});

it('harms nobody when the socket is gone before the turn ends', async () => {
  const { socket, sent } = socketThatNotes();
  writeTogether(socket);
  socket.on('error', () => undefined);
  socket.write('publish');
  socket.destroy();
  await turn();
  expect(sent).toEqual([]);
});
