const MAX_BYTES = 512 * 1024;

interface Chunk {
  readonly offset: number;
  readonly bytes: Buffer;
}

/**
 * What was written last, kept in memory: those who follow the log read nearly nothing else, each of
 * them for each batch, and a call to the disk costs more than all the rest of serving them.
 */
export class LogTail {
  #chunks: Chunk[] = [];
  #size = 0;

  /** Takes a batch that was written at `offset`, right behind the one before it. */
  add(offset: number, bytes: Buffer): void {
    this.#chunks.push({ offset, bytes });
    this.#size += bytes.length;
    while (this.#size > MAX_BYTES) this.#size -= this.#chunks.shift()?.bytes.length ?? 0;
  }

  /** The bytes from `offset` on, not to be changed; null when they are not all here. */
  read(offset: number, length: number): Buffer | null {
    const from = this.#chunks.findLastIndex((chunk) => chunk.offset <= offset);
    const first = this.#chunks[from];
    const last = this.#chunks.at(-1);
    if (!first || !last || offset + length > last.offset + last.bytes.length) return null;
    const start = offset - first.offset;
    if (start + length <= first.bytes.length) return first.bytes.subarray(start, start + length);
    const until = this.#chunks.findLastIndex((chunk) => chunk.offset < offset + length);
    const bytes = Buffer.concat(this.#chunks.slice(from, until + 1).map((chunk) => chunk.bytes));
    return bytes.subarray(start, start + length);
  }
}
