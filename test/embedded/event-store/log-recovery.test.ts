import { randomUUID } from 'node:crypto';
import { appendFile, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  ANY,
  CorruptLog,
  DataFolderLocked,
  WrongExpectedVersion,
} from '../../../src/embedded/event-store/errors.ts';
import { encodeFrame, sealFrame } from '../../../src/embedded/event-store/frame.ts';
import type { ProposedEvent } from '../../../src/embedded/event-store/proposed-event.ts';
import { Store } from '../../../src/embedded/event-store/store.ts';
import { temporaryFolder } from './temporary-server.ts';

let dataDir: string;
let log: string;
beforeEach(async () => {
  dataDir = await temporaryFolder();
  log = join(dataDir, 'events.log');
});
afterEach(() => rm(dataDir, { recursive: true }));

const unexpected = (error: Error) => {
  throw error;
};
const openStore = () => Store.open(dataDir, unexpected);
const proposed = (id: string = randomUUID()): ProposedEvent => ({
  id,
  type: 'happened',
  contentType: 'application/json',
  data: Buffer.from('{"some":"data"}'),
  metadata: Buffer.from('{}'),
});

/** Makes a log with events one append each, closed; answers where each append ended. */
async function write(count: number): Promise<number[]> {
  const store = await openStore();
  const ends: number[] = [];
  for (let i = 0; i < count; i++) {
    const { position } = await store.append('s', ANY, [proposed()]);
    const { index } = store;
    ends.push((position as number) + index.length(index.ordinalFrom(position as number)));
  }
  await store.close();
  return ends;
}

async function flipByte(offset: number): Promise<void> {
  const bytes = await readFile(log);
  bytes.writeUInt8((bytes.readUInt8(offset) ^ 0xff) & 0xff, offset);
  await writeFile(log, bytes);
}

async function countAfterReopening(): Promise<number> {
  const store = await openStore();
  const { count } = store.index;
  await store.close();
  return count;
}

it('finds after a restart what it had before: events, metadata, tombstones and ids', async () => {
  const store = await openStore();
  const event = proposed();
  await store.append('a', ANY, [event, proposed()]);
  await store.append('$$a', ANY, [
    { ...proposed(), type: '$metadata', data: Buffer.from('{"$maxCount":1,"mine":true}') },
  ]);
  await store.append('b', ANY, [proposed()]);
  await store.delete('b', ANY);
  await store.tombstone('c', ANY);
  await store.close();
  const again = await openStore();
  expect(again.index.find('a')?.visible).toMatchObject({ maxCount: 1, metadata: { mine: true } });
  expect(again.index.find('b')?.visible.softDeleted).toBe(true);
  expect(again.index.find('c')?.visible.tombstoned).toBe(true);
  expect(await again.append('a', ANY, [event])).toMatchObject({ revision: 0 });
  expect(again.index.count).toBe(6);
  await again.close();
});

it('cuts an append of which only a part was written, wherever it was torn', async () => {
  const [, second = 0, third = 0] = await write(3);
  for (let size = third - 1; size > second; size -= 7) {
    await truncate(log, size);
    expect(await countAfterReopening()).toBe(2);
    expect((await stat(log)).size).toBe(second);
    const file = await open(log, 'r+');
    await file.truncate(third);
    await file.close();
  }
});

it('cuts rubbish behind the last append and goes on from there', async () => {
  const [end = 0] = await write(1);
  await appendFile(log, Buffer.alloc(5000, 'rubbish'));
  expect(await countAfterReopening()).toBe(1);
  expect((await stat(log)).size).toBe(end);
  await write(1);
  expect(await countAfterReopening()).toBe(2);
});

it('refuses to start on damage in the middle and names the offset', async () => {
  const [first = 0] = await write(3);
  for (const place of [0, 5, 30]) {
    await flipByte(first + place);
    const error = await openStore().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CorruptLog);
    expect((error as CorruptLog).offset).toBe(first);
    expect((error as CorruptLog).message).toContain(`offset ${first}`);
    await flipByte(first + place);
  }
  expect(await countAfterReopening()).toBe(3);
});

it('cuts a torn batch of which a later append reached the disk before an earlier one', async () => {
  const [synced = 0] = await write(1);
  const frames: Buffer[] = [];
  let offset = synced;
  for (let revision = 1; revision <= 2; revision++) {
    const { frame } = encodeFrame([{ stream: 's', revision, event: proposed() }], offset);
    sealFrame(frame, offset, synced);
    frames.push(frame);
    offset += frame.length;
  }
  frames[0]?.fill(0);
  await appendFile(log, Buffer.concat(frames));
  expect(await countAfterReopening()).toBe(1);
});

it('takes no copy of a log inside an event for a frame', async () => {
  await write(2);
  const copy = await readFile(log);
  const store = await openStore();
  await store.append('copies', ANY, [{ ...proposed(), data: copy }]);
  await store.close();
  const { size } = await stat(log);
  await truncate(log, size - 1);
  expect(await countAfterReopening()).toBe(2);
});

it('begins anew on what a crash left of a file that was just being created', async () => {
  for (const left of [Buffer.alloc(0), Buffer.from('iMi ev'), Buffer.alloc(300_000)]) {
    await writeFile(log, left);
    await write(1);
    expect(await countAfterReopening()).toBe(1);
  }
});

it('finds what it had when it was killed before it could cut the room it had taken ahead', async () => {
  const [, end = 0] = await write(2);
  await truncate(log, 512 * 1024);
  expect(await countAfterReopening()).toBe(2);
  expect((await stat(log)).size).toBe(end);
});

it('refuses a file that is no event log', async () => {
  await writeFile(log, 'something that somebody else has written here');
  await expect(openStore()).rejects.toThrow(/is not an iMi event log/);
});

it('lets one server at a time open a folder', async () => {
  const store = await openStore();
  await expect(openStore()).rejects.toThrow(DataFolderLocked);
  await store.close();
  await (await openStore()).close();
});

it('shows an event to readers only after it is on disk', async () => {
  const store = await openStore();
  const appended = store.append('s', ANY, [proposed()]);
  await Promise.resolve();
  expect(store.index.count).toBe(0);
  await expect(store.append('s', -1, [proposed()])).rejects.toThrow(WrongExpectedVersion);
  const { position } = await appended;
  expect(store.index.position(0)).toBe(position);
  await store.close();
});
