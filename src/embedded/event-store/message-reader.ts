import type { LogFile } from './log-file.ts';
import type { StreamIndex } from './stream-index.ts';

const LARGEST_GAP = 16 * 1024;
const LARGEST_READ = 4 * 1024 * 1024;

/** The messages of some events when memory still holds them all, or null. */
export function recentMessages(
  log: LogFile,
  index: StreamIndex,
  ordinals: readonly number[],
): Buffer[] | null {
  const messages: Buffer[] = [];
  for (const ordinal of ordinals) {
    const message = log.recent(index.position(ordinal), index.length(ordinal));
    if (message === null) return null;
    messages.push(message);
  }
  return messages;
}

/**
 * Reads the messages of some events, in the order given. Neighbours in the file come with one read:
 * a call to the disk costs more than the bytes between them.
 */
export async function readMessages(
  log: LogFile,
  index: StreamIndex,
  ordinals: readonly number[],
): Promise<Buffer[]> {
  const messages: Buffer[] = [];
  for (let first = 0; first < ordinals.length; ) {
    let low = index.position(ordinals[first] as number);
    let high = low + index.length(ordinals[first] as number);
    let last = first + 1;
    for (; last < ordinals.length; last++) {
      const start = index.position(ordinals[last] as number);
      const end = start + index.length(ordinals[last] as number);
      const gap = start >= high ? start - high : low - end;
      const size = Math.max(high, end) - Math.min(low, start);
      if (gap > LARGEST_GAP || size > LARGEST_READ) break;
      low = Math.min(low, start);
      high = Math.max(high, end);
    }
    const bytes = await log.read(low, high - low);
    for (; first < last; first++) {
      const ordinal = ordinals[first] as number;
      const start = index.position(ordinal) - low;
      messages.push(bytes.subarray(start, start + index.length(ordinal)));
    }
  }
  return messages;
}
