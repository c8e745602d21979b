import type { Heard } from './audit.ts';

/** What a consumer that trusts nobody finds wrong in what was published, against the store. */
export function flawsInChain(
  heard: readonly Heard[],
  stored: readonly { readonly id: string; readonly type: string }[],
): string[] {
  const flaws: string[] = [];
  const ids = new Set(heard.map(({ id }) => id));
  for (const { id, type } of stored) {
    if (!ids.has(id)) flaws.push(`${type} ${id} was not published`);
  }
  for (const [i, { id, type, previous }] of heard.entries()) {
    if (stored[i]?.id !== id) flaws.push(`${type} ${id} is not in its place`);
    const before = i === 0 ? null : heard[i - 1]?.position;
    if (previous !== before) flaws.push(`${type} ${id} follows ${previous}, not ${before}`);
  }
  return flaws;
}
