import { crc32 } from 'node:zlib';
import type { PlacedEvent } from './proposed-event.ts';
import { type MeasuredRecord, measureRecord, type StoredRecord, writeRecord } from './record.ts';

/** First bytes of a log; also keeps position 0 free, so that "after 0" means everything. */
export const FILE_HEADER = Buffer.from('iMi event log 1\n', 'latin1');

/** A frame is one append: magic, payload length, end of the synced log when written, CRC, payload. */
export const FRAME_HEAD = 20;
export const FRAME_MAGIC = Buffer.from([0xf7, 0x69, 0x4d, 0x69]);
const MAX_PAYLOAD = 32 * 1024 * 1024;

/** One append that will stand at an offset of the log, its head still empty, and its records. */
export function encodeFrame(
  events: readonly PlacedEvent[],
  offset: number,
): { frame: Buffer; records: StoredRecord[] } {
  const measured: MeasuredRecord[] = [];
  let size = FRAME_HEAD;
  for (const event of events) {
    const record = measureRecord(event, offset + size);
    measured.push(record);
    size += record.size;
  }
  const frame = Buffer.allocUnsafe(size);
  let at = FRAME_HEAD;
  const records = measured.map((record) => {
    const stored = writeRecord(frame, at, record);
    at += record.size;
    return stored;
  });
  return { frame, records };
}

const place = Buffer.alloc(8);

/**
 * The checksum covers the frame's own offset: a copy of a log inside an event's data is never taken
 * for a frame.
 */
function checksum(frame: Buffer, offset: number): number {
  place.writeDoubleLE(offset);
  return crc32(frame.subarray(FRAME_HEAD), crc32(frame.subarray(0, 16), crc32(place)));
}

/**
 * Fills in the head of a frame just before it is written.
 * `syncedEnd` is how far the log was on disk at that moment: a later frame that names a higher end
 * than a damaged one's offset proves that the damaged one had been acknowledged.
 */
export function sealFrame(frame: Buffer, offset: number, syncedEnd: number): void {
  FRAME_MAGIC.copy(frame, 0);
  frame.writeUInt32LE(frame.length - FRAME_HEAD, 4);
  frame.writeDoubleLE(syncedEnd, 8);
  frame.writeUInt32LE(checksum(frame, offset), 16);
}

/** Whole length of the frame that starts with `head`, or null when no frame starts there. */
export function frameLength(head: Buffer): number | null {
  if (head.length < FRAME_HEAD || !head.subarray(0, 4).equals(FRAME_MAGIC)) return null;
  const payload = head.readUInt32LE(4);
  return payload > MAX_PAYLOAD ? null : FRAME_HEAD + payload;
}

export function isIntact(frame: Buffer, offset: number): boolean {
  return frame.readUInt32LE(16) === checksum(frame, offset);
}

export function syncedEndOf(frame: Buffer): number {
  return frame.readDoubleLE(8);
}
