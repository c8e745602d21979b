/** More than that in one event are not the tickets of one piece of work. */
const maxKeys = 20;

// Up to nine digits, as Plane counts, and no leading zero; not within a longer word, number or key.
const key = /(?<![A-Za-z0-9])([A-Za-z][A-Za-z0-9]{0,11})-([1-9]\d{0,8})(?![A-Za-z0-9])/g;

/**
 * What has the form of a ticket key (`PROJ-123`, in any case) in texts such as branch names and
 * commit messages, in upper case, each once. Whether it is one depends on the identifier.
 */
export function ticketKeysIn(texts: readonly string[]): readonly string[] {
  const keys = texts.flatMap((text) =>
    [...text.matchAll(key)].map(([, identifier, number]) =>
      `${identifier}-${number}`.toUpperCase(),
    ),
  );
  return [...new Set(keys)].slice(0, maxKeys);
}
