/** Expected revisions that are not a number, as EventStoreDB writes them on the wire. */
export const NO_STREAM = -1;
export const ANY = -2;
export const STREAM_EXISTS = -4;

/** Largest append EventStoreDB takes by default, in bytes. */
export const MAX_APPEND_SIZE = 1024 * 1024;

/** The stream is at another revision; nothing was written. `actual` is -1 when there is no stream. */
export class WrongExpectedVersion extends Error {
  override readonly name = 'WrongExpectedVersion';
  readonly stream: string;
  readonly expected: number;
  readonly actual: number;
  constructor(stream: string, expected: number, actual: number) {
    super(`Append failed due to WrongExpectedVersion. Stream: ${stream}, expected: ${expected}`);
    this.stream = stream;
    this.expected = expected;
    this.actual = actual;
  }
}

/** The stream has a tombstone: it can never be read or written again. */
export class StreamDeleted extends Error {
  override readonly name = 'StreamDeleted';
  readonly stream: string;
  constructor(stream: string) {
    super(`Event stream '${stream}' is deleted.`);
    this.stream = stream;
  }
}

export class MaxAppendSizeExceeded extends Error {
  override readonly name = 'MaxAppendSizeExceeded';
  constructor() {
    super(`Maximum append size of ${MAX_APPEND_SIZE} bytes exceeded.`);
  }
}

/** The deadline of an append had passed before it was looked at; nothing was written. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';
}

export class InvalidArgument extends Error {
  override readonly name = 'InvalidArgument';
}

/** The server is shutting down, or its log can no longer be written. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

/** Another server has the data folder open. */
export class DataFolderLocked extends Error {
  override readonly name = 'DataFolderLocked';
}

/** A frame that had been acknowledged is damaged; the server does not start. */
export class CorruptLog extends Error {
  override readonly name = 'CorruptLog';
  readonly offset: number;
  constructor(path: string, offset: number) {
    super(
      `Event log ${path} is damaged at offset ${offset}: acknowledged events there cannot be read. ` +
        'Restore the file from a backup, or move the data folder away to start empty.',
    );
    this.offset = offset;
  }
}
