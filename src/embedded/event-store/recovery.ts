import { readSync } from 'node:fs';
import { CorruptLog } from './errors.ts';
import {
  FILE_HEADER,
  FRAME_HEAD,
  FRAME_MAGIC,
  frameLength,
  isIntact,
  syncedEndOf,
} from './frame.ts';

const WINDOW = 4 * 1024 * 1024;

/** Reads a file front to back through one window in memory. */
class FileWindow {
  readonly #fd: number;
  #start = 0;
  #bytes: Buffer = Buffer.alloc(0);
  constructor(fd: number) {
    this.#fd = fd;
  }

  /** The bytes at an offset; fewer than asked for at the end of the file. */
  at(offset: number, length: number): Buffer {
    if (offset < this.#start || offset + length > this.#start + this.#bytes.length) {
      const buffer = Buffer.allocUnsafe(Math.max(length, WINDOW));
      const read = readSync(this.#fd, buffer, 0, buffer.length, offset);
      this.#start = offset;
      this.#bytes = buffer.subarray(0, read);
    }
    return this.#bytes.subarray(offset - this.#start, offset - this.#start + length);
  }
}

function readFrame(window: FileWindow, offset: number): Buffer | null {
  const length = frameLength(window.at(offset, FRAME_HEAD));
  if (length === null) return null;
  const frame = window.at(offset, length);
  return frame.length === length && isIntact(frame, offset) ? frame : null;
}

/**
 * Was what stands at `offset` ever acknowledged? Only a later intact frame can tell. Looking for
 * just any later frame would be wrong: of one batch that a power cut tore, later pages may have
 * reached the disk before earlier ones.
 */
function wasAcknowledged(window: FileWindow, offset: number): boolean {
  const overlap = FRAME_MAGIC.length - 1;
  for (let from = offset + 1; ; ) {
    const bytes = window.at(from, WINDOW);
    if (bytes.length <= overlap) return false;
    for (let hit = bytes.indexOf(FRAME_MAGIC); hit !== -1; ) {
      const later = readFrame(window, from + hit);
      if (later && syncedEndOf(later) > offset) return true;
      hit = bytes.indexOf(FRAME_MAGIC, hit + 1);
    }
    from += bytes.length - overlap;
  }
}

/**
 * Walks a log and hands over the payload of every frame with its offset in the file.
 *
 * @returns the end of the last whole frame: what follows is an append that was never acknowledged.
 * @throws CorruptLog when a damaged frame had been acknowledged.
 */
export function recoverFrames(
  fd: number,
  path: string,
  onPayload: (payload: Buffer, offset: number) => void,
): number {
  const window = new FileWindow(fd);
  let offset = FILE_HEADER.length;
  while (window.at(offset, 1).length > 0) {
    const frame = readFrame(window, offset);
    if (!frame) {
      if (wasAcknowledged(window, offset)) throw new CorruptLog(path, offset);
      break;
    }
    onPayload(frame.subarray(FRAME_HEAD), offset + FRAME_HEAD);
    offset += frame.length;
  }
  return offset;
}
