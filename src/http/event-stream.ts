import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';

/** One frame of a stream of server-sent events (WHATWG HTML, "Server-sent events"). */
export interface Frame {
  readonly comment?: string | undefined;
  /** What the client repeats as `Last-Event-ID`; a frame without data moves it in silence. */
  readonly id?: string | undefined;
  /** Absent for the default, `message`. */
  readonly event?: string | undefined;
  readonly data?: unknown;
  /** Milliseconds until a client that was cut off comes back. */
  readonly retry?: number | undefined;
}

/** The text of a frame. */
export function frameText({ comment, id, event, data, retry }: Frame): string {
  const lines = [
    ...(comment === undefined ? [] : [`: ${comment}`]),
    ...(retry === undefined ? [] : [`retry: ${retry}`]),
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...(event === undefined ? [] : [`event: ${event}`]),
    ...(data === undefined ? [] : [`data: ${JSON.stringify(data)}`]),
  ];
  return `${lines.join('\n')}\n\n`;
}

export interface EventStreamOptions {
  /** Said at once, so that the client knows it is heard. */
  readonly first: string;
  /** Asked for the next text only when the client has taken the one before. */
  readonly texts: AsyncIterable<string>;
  /** What is said at least this often, so that nobody on the way takes the silence for an end. */
  readonly heartbeatMs: number;
  readonly heartbeat: () => string;
  /** The client is gone. */
  readonly signal: AbortSignal;
}

export interface EventStream {
  readonly body: Readable;
  /** Says a last text and ends. */
  end(text: string): void;
}

/** A body that pulls its texts at the pace of its reader and says a heartbeat between them. */
export function eventStream(options: EventStreamOptions): EventStream {
  const { first, texts, heartbeatMs, heartbeat, signal } = options;
  const body = new PassThrough();
  body.write(first);
  const beat = setInterval(() => {
    if (!body.writableNeedDrain) body.write(heartbeat());
  }, heartbeatMs);
  body.once('close', () => clearInterval(beat));
  const pump = async (): Promise<void> => {
    for await (const text of texts) {
      if (body.writableEnded) return;
      if (!body.write(text)) await once(body, 'drain', { signal });
    }
  };
  pump().catch((error: Error) => {
    if (!signal.aborted) body.destroy(error);
  });
  return {
    body,
    end(text) {
      clearInterval(beat);
      body.end(text);
    },
  };
}
