/** A frame of server-sent events that carries data, or moves the position in silence. */
export interface SentEvent {
  readonly id: string | null;
  readonly event: string;
  /** Null when the frame has none. */
  readonly data: string | null;
}

/**
 * Reads a stream of server-sent events (WHATWG HTML) frame by frame; comments are passed over.
 * Ends, or throws, as the body does.
 */
export async function* sentEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<SentEvent> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of body) {
    text += decoder.decode(bytes, { stream: true });
    const frames = text.split(/\r?\n\r?\n/);
    text = frames.pop() ?? '';
    for (const frame of frames) {
      const sent = parse(frame);
      if (sent !== null) yield sent;
    }
  }
}

function parse(frame: string): SentEvent | null {
  const fields = frame
    .split(/\r?\n/)
    .map((line) => /^(id|event|data): ?(.*)$/.exec(line))
    .filter((field) => field !== null);
  if (fields.length === 0) return null;
  const all = (name: string) => fields.filter(([, key]) => key === name).map(([, , v]) => v ?? '');
  const data = all('data');
  return {
    id: all('id').at(-1) ?? null,
    event: all('event').at(-1) ?? 'message',
    data: data.length === 0 ? null : data.join('\n'),
  };
}
