import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DurableFile } from './durable-file.ts';
import { Unavailable } from './errors.ts';
import { FILE_HEADER, sealFrame } from './frame.ts';
import { LogTail } from './log-tail.ts';
import { recoverFrames } from './recovery.ts';

/** What waits for the disk: called in the order of the log. */
interface Entry {
  readonly frame: Buffer;
  readonly durable: () => void;
  readonly failed: (error: Error) => void;
}

export interface LogListener {
  /** A frame found on start: its payload and where it stands in the file. */
  recovered(payload: Buffer, offset: number): void;
  /** A batch is on disk and its entries have been told. */
  synced(): void;
  /** The log cannot be written; nothing more will be. */
  failed(error: Error): void;
}

const MAX_QUEUED_BYTES = 32 * 1024 * 1024;

/**
 * The append-only file. Group commit: everything that arrives while one batch is being synced goes
 * out with the next, so that the batch grows with the load and a lone append waits for nobody.
 */
export class LogFile {
  readonly #file: DurableFile;
  readonly #listener: LogListener;
  readonly #tail = new LogTail();
  #queue: Entry[] = [];
  #queuedBytes = 0;
  #nextOffset: number;
  #syncedEnd: number;
  #flushing = false;
  #failure: Error | null = null;
  #whenRoom: (() => void)[] = [];

  private constructor(file: DurableFile, end: number, listener: LogListener) {
    this.#file = file;
    this.#nextOffset = end;
    this.#syncedEnd = end;
    this.#listener = listener;
  }

  /**
   * Opens or creates a log, cuts a torn tail and reports what is in it.
   * @throws CorruptLog when acknowledged events are damaged; Error when it is no event log.
   */
  static async open(path: string, listener: LogListener): Promise<LogFile> {
    const file = await DurableFile.open(path);
    try {
      await ensureHeader(file, path);
      const end = recoverFrames(file.descriptor, path, (payload, offset) =>
        listener.recovered(payload, offset),
      );
      await file.cut(end);
      return new LogFile(file, end, listener);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Offset at which the next frame given to `append` will stand. */
  get nextOffset(): number {
    return this.#nextOffset;
  }

  /** Queues a frame; `durable` is called once it is on disk, `failed` when it will never be. */
  append(frame: Buffer, durable: () => void, failed: (error: Error) => void): void {
    if (this.#failure) {
      failed(this.#failure);
      return;
    }
    this.#nextOffset += frame.length;
    this.#queuedBytes += frame.length;
    this.#queue.push({ frame, durable, failed });
    if (this.#flushing) return;
    this.#flushing = true;
    // Not at once: requests that came with the same packet belong into the same batch.
    setImmediate(() => void this.#flush());
  }

  /** Resolves once everything queued before is on disk. */
  barrier(): Promise<void> {
    return new Promise((resolve, reject) => this.append(Buffer.alloc(0), resolve, reject));
  }

  /** Whether so much waits for the disk that nothing more should be given to `append`. */
  get isFull(): boolean {
    return this.#queuedBytes > MAX_QUEUED_BYTES && this.#failure === null;
  }

  /** Resolves when the queue is short enough to take more: what keeps memory bounded. */
  async room(): Promise<void> {
    while (this.isFull) await new Promise<void>((resolve) => this.#whenRoom.push(resolve));
  }

  /** Bytes that were written lately, not to be changed; null when they have to be read. */
  recent(offset: number, length: number): Buffer | null {
    return this.#failure === null ? this.#tail.read(offset, length) : null;
  }

  /** @throws Unavailable when the log has been closed. */
  async read(offset: number, length: number): Promise<Buffer> {
    const recent = this.recent(offset, length);
    if (recent !== null) return recent;
    const bytes = await this.#file.read(offset, length).catch((error) => {
      throw this.#failure ?? error;
    });
    if (bytes.length < length) throw new Error(`Event log ends before offset ${offset + length}`);
    return bytes;
  }

  /** Writes what is queued and closes the file; later appends fail. */
  async close(): Promise<void> {
    const isWhole = this.barrier().then(
      () => true,
      () => false,
    );
    this.#failure ??= new Unavailable('The event store is shutting down.');
    if (await isWhole) await this.#file.cut(this.#syncedEnd);
    await this.#file.close();
  }

  async #flush(): Promise<void> {
    let batch: Entry[] = [];
    try {
      while (this.#queue.length > 0) {
        batch = this.#queue;
        this.#queue = [];
        const bytes = this.#sealed(batch);
        const written = this.#file.write(bytes, this.#syncedEnd);
        if (written) await written;
        this.#noteSynced(bytes);
        for (const entry of batch) entry.durable();
        this.#listener.synced();
        for (const resolve of this.#whenRoom.splice(0)) resolve();
      }
      this.#flushing = false;
    } catch (error) {
      this.#fail(error as Error, batch);
    }
  }

  #noteSynced(bytes: Buffer): void {
    // A barrier on its own has nothing to write.
    if (bytes.length === 0) return;
    this.#tail.add(this.#syncedEnd, bytes);
    this.#syncedEnd += bytes.length;
    this.#queuedBytes -= bytes.length;
  }

  /** The frames of a batch, ready to be written behind what is on disk. */
  #sealed(batch: readonly Entry[]): Buffer {
    let offset = this.#syncedEnd;
    for (const { frame } of batch) {
      if (frame.length > 0) sealFrame(frame, offset, this.#syncedEnd);
      offset += frame.length;
    }
    const [first] = batch;
    return first && batch.length === 1 ? first.frame : Buffer.concat(batch.map((e) => e.frame));
  }

  /**
   * After a failed write nobody knows what is on disk, and a second fsync may claim success for
   * pages the kernel has dropped: the only safe thing is to stop and to recover from the file.
   */
  #fail(error: Error, batch: readonly Entry[]): void {
    this.#failure = new Unavailable(`The event log cannot be written: ${error.message}`);
    for (const entry of [...batch, ...this.#queue.splice(0)]) entry.failed(this.#failure);
    for (const resolve of this.#whenRoom.splice(0)) resolve();
    this.#listener.failed(this.#failure);
  }
}

async function ensureHeader(file: DurableFile, path: string): Promise<void> {
  const found = await file.read(0, FILE_HEADER.length);
  if (found.equals(FILE_HEADER)) return;
  // A crash while the file was created leaves less than a header, or zeros: nothing was stored.
  if (found.length === FILE_HEADER.length && found.some((byte) => byte !== 0))
    throw new Error(`${path} is not an iMi event log.`);
  await file.write(FILE_HEADER, 0);
  const folder = await open(dirname(path), 'r');
  await folder.sync();
  await folder.close();
}
