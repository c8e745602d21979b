/** What a stream's metadata and tombstone say about it. */
export interface StreamFacts {
  readonly tombstoned: boolean;
  /** Deleted, but may be written again: its revisions go on where they stopped. */
  readonly softDeleted: boolean;
  readonly maxCount: number | null;
  /** First revision that may be read (`$tb`). */
  readonly truncateBefore: number;
  readonly maxAgeMs: number | null;
  /** The metadata as written, to be kept when we change one entry of it. */
  readonly metadata: { readonly [key: string]: unknown };
}

/** `$tb` of a deleted stream: the largest revision there is. */
const DELETED = '9223372036854775807';

export const NO_FACTS: StreamFacts = {
  tombstoned: false,
  softDeleted: false,
  maxCount: null,
  truncateBefore: 0,
  maxAgeMs: null,
  metadata: {},
};

/** Facts from a `$metadata` event's data; what is not understood is ignored, as EventStoreDB does. */
export function factsFromMetadata(data: string): StreamFacts {
  const metadata = parseObject(data);
  const truncateBefore = wholeNumber(metadata.$tb) ?? 0;
  const maxAge = wholeNumber(metadata.$maxAge);
  return {
    tombstoned: false,
    softDeleted: truncateBefore > Number.MAX_SAFE_INTEGER,
    maxCount: wholeNumber(metadata.$maxCount),
    truncateBefore,
    maxAgeMs: maxAge === null ? null : maxAge * 1000,
    metadata,
  };
}

/** Metadata with another `$tb`; null marks the stream as deleted. */
export function metadataWithTruncateBefore(
  facts: StreamFacts,
  truncateBefore: number | null,
): string {
  const { $tb: _, ...rest } = facts.metadata;
  // JSON.stringify would round the deletion mark.
  const entry = `{"$tb":${truncateBefore ?? DELETED}`;
  const others = JSON.stringify(rest).slice(1);
  return others === '}' ? `${entry}}` : `${entry},${others}`;
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function wholeNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : null;
}
