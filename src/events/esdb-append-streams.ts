import type { AppendRequest } from './esdb-append-request.ts';
import { AppendStream } from './esdb-append-stream.ts';
import type { Caller } from './esdb-open-client.ts';
import type { AppendResult } from './event-store.ts';

/** Of the hundred calls that an event store usually lets a connection have at a time. */
const count = 16;

/**
 * The appends of one client, over several calls in turn, each opened when it is first needed. On one
 * call a message is sent when the one before it has gone out, each by a system call of its own; what is
 * asked for on several calls in one turn of the event loop goes out together.
 */
export class AppendStreams {
  readonly #streams: readonly AppendStream[];
  #next = 0;

  constructor(caller: Caller) {
    this.#streams = Array.from({ length: count }, () => new AppendStream(caller));
  }

  /** As `AppendStream`. */
  append(request: AppendRequest, deadlineMs: number): Promise<AppendResult> {
    const stream = this.#streams[this.#next] as AppendStream;
    this.#next = (this.#next + 1) % count;
    return stream.append(request, deadlineMs);
  }
}
