import { constants, fdatasyncSync, writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** The file grows by so much at once: a write that makes it longer costs the disk twice as much. */
const STEP = 256 * 1024;

/** A disk that takes less is waited for. */
const QUICK_MS = 2;

/** A file whose writes are on disk when they are over. Behind what was written it may hold zeros. */
export class DurableFile {
  readonly #file: FileHandle;
  #length: number;
  #isQuick = true;

  private constructor(file: FileHandle, length: number) {
    this.#file = file;
    this.#length = length;
  }

  /** Opens or creates a file. */
  static async open(path: string): Promise<DurableFile> {
    const flags = constants.O_RDWR | constants.O_CREAT | (constants.O_DSYNC ?? 0);
    const file = await open(path, flags, 0o600);
    return new DurableFile(file, (await file.stat()).size);
  }

  get descriptor(): number {
    return this.#file.fd;
  }

  get length(): number {
    return this.#length;
  }

  /**
   * Writes bytes at an offset. On a quick disk it is done on return: to hand a write to a thread, and
   * to hear of its end, takes more CPU than the write. On a slow one it is done with the promise, so
   * that others are served meanwhile. When it fails, nobody knows what is on disk.
   */
  write(bytes: Buffer, offset: number): Promise<void> | undefined {
    if (bytes.length === 0) return undefined;
    const padded = this.#padded(bytes, offset);
    const startedAt = performance.now();
    if (!this.#isQuick) return this.#writeMeanwhile(padded, offset, startedAt);
    const { fd } = this.#file;
    for (let written = 0; written < padded.length; )
      written += writeSync(fd, padded, written, padded.length - written, offset + written);
    if (constants.O_DSYNC === undefined) fdatasyncSync(fd);
    this.#isQuick = performance.now() - startedAt < QUICK_MS;
    return undefined;
  }

  /** The bytes at an offset; fewer than asked for at the end of the file. */
  async read(offset: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(length);
    const { bytesRead } = await this.#file.read(buffer, 0, length, offset);
    return buffer.subarray(0, bytesRead);
  }

  /** Makes the file end at an offset. */
  async cut(length: number): Promise<void> {
    if (length === this.#length) return;
    await this.#file.truncate(length);
    await this.#file.sync();
    this.#length = length;
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  #padded(bytes: Buffer, offset: number): Buffer {
    const end = offset + bytes.length;
    if (end <= this.#length) return bytes;
    this.#length = Math.ceil(end / STEP) * STEP;
    // `concat` fills with zeros what is longer than its parts.
    return Buffer.concat([bytes], this.#length - offset);
  }

  async #writeMeanwhile(bytes: Buffer, offset: number, startedAt: number): Promise<void> {
    for (let written = 0; written < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(
        bytes,
        written,
        bytes.length - written,
        offset + written,
      );
      written += bytesWritten;
    }
    if (constants.O_DSYNC === undefined) await this.#file.datasync();
    this.#isQuick = performance.now() - startedAt < QUICK_MS;
  }
}
