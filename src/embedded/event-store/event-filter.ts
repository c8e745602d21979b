import { InvalidArgument } from './errors.ts';
import type { StreamIndex } from './stream-index.ts';

export interface FilterSpec {
  readonly on: 'stream' | 'type';
  readonly prefixes: readonly string[];
  /** Used when there are no prefixes. */
  readonly regex: string;
}

/**
 * Makes a filter over ordinals. Every name is judged once and remembered by its number, so that a
 * search over many events touches neither strings nor the disk.
 * @throws InvalidArgument when the expression is no regular expression.
 */
export function eventFilter(index: StreamIndex, spec: FilterSpec): (ordinal: number) => boolean {
  const matches = nameMatcher(spec);
  const verdicts: boolean[] = [];
  return (ordinal) => {
    const number = spec.on === 'type' ? index.typeNumber(ordinal) : index.streamNumber(ordinal);
    verdicts[number] ??= matches(
      spec.on === 'type' ? index.typeName(number) : index.streamName(number),
    );
    return verdicts[number];
  };
}

function nameMatcher({ prefixes, regex }: FilterSpec): (name: string) => boolean {
  if (prefixes.length > 0) return (name) => prefixes.some((prefix) => name.startsWith(prefix));
  try {
    const expression = new RegExp(regex);
    return (name) => expression.test(name);
  } catch {
    throw new InvalidArgument(`'${regex}' is not a regular expression.`);
  }
}
