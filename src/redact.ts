import type { JsonObject } from './events/event-store.ts';

const redacted = '[redacted]';
const maxText = 500;
const maxItems = 50;
const maxDepth = 6;

const secretName =
  /secret|token|passw|pwd|api[-_]?key|private[-_]?key|authori[sz]ation|credential|cookie|session[-_]?key/i;
const secretValue = new RegExp(
  [
    'gh[pousr]_[A-Za-z0-9]{16,}',
    'github_pat_[A-Za-z0-9_]{20,}',
    'glpat-[A-Za-z0-9_-]{16,}',
    'npm_[A-Za-z0-9]{16,}',
    'xox[abprs]-[A-Za-z0-9-]{10,}',
    'sk[-_][A-Za-z0-9_-]{16,}',
    'A(?:KI|SI)A[A-Z0-9]{16}',
    'AIza[A-Za-z0-9_-]{20,}',
    'eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]*',
    '-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\\s\\S]*',
    '(?:bearer|basic)\\s+[A-Za-z0-9+/=._-]{8,}',
  ].join('|'),
  'gi',
);
/** `git@` tells who everybody is over SSH. */
const userInfo = /\b([a-z][a-z0-9+.-]{0,30}:\/\/)(?!git@)[^@/\s]{1,500}@/gi;
/** What a text itself calls a credential; after a colon, which prose has too, only with a digit. */
const named =
  /((?:authorization|secret|token|passw(?:or)?d|pwd|(?:api|private|access|session)[-_]?key)[\w-]{0,30}["']{0,2}\s{0,3})(=\s{0,3}["']?[^\s"'&,;]{4,}|:\s{0,3}["']?(?:\w{1,20}\s{1,3})?(?=[^\s"']{0,200}\d)[^\s"',;]{8,})/gi;

/** A text without what looks like a credential. */
export const redactText = (text: string): string =>
  text
    .replace(userInfo, `$1${redacted}@`)
    .replace(secretValue, redacted)
    .replace(named, `$1${redacted}`);

/**
 * What may be kept of somebody's request for an auditor (spec/bloodbank.md, "Answers to commands"):
 * nothing under a name or of a form that looks like a secret, and cut to a readable size.
 */
export function redact(value: unknown): JsonObject {
  const trimmed = trim(value, 0);
  return isObject(trimmed) ? trimmed : { value: trimmed };
}

const isObject = (value: unknown): value is JsonObject =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

function trim(value: unknown, depth: number): unknown {
  if (typeof value === 'string') {
    const safe = redactText(value.slice(0, maxText * 4)).replaceAll('\0', '');
    return safe.length > maxText ? `${safe.slice(0, maxText)}…` : safe;
  }
  if (value === null || typeof value !== 'object') return value;
  if (depth >= maxDepth) return '…';
  if (Array.isArray(value)) return value.slice(0, maxItems).map((item) => trim(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, maxItems)
      .map(([name, item]) => [
        redactText(name.slice(0, 100)).replaceAll('\0', ''),
        secretName.test(name) ? redacted : trim(item, depth + 1),
      ]),
  );
}
