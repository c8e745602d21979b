import { readFileSync } from 'node:fs';

/** A commit as `git log` tells it. */
export interface HistoryCommit {
  readonly hash: string;
  /** Empty for the first. */
  readonly parent: string;
  readonly author: { readonly name: string; readonly email: string };
  /** RFC 3339. */
  readonly at: string;
  readonly message: string;
  readonly added: readonly string[];
  readonly modified: readonly string[];
  readonly removed: readonly string[];
}

/** The history in `history.txt`, oldest first; throws for a line that `export.ts` does not write. */
export const projectHistory = (): readonly HistoryCommit[] =>
  parseHistory(readFileSync(new URL('./history.txt', import.meta.url), 'utf8'));

/** Reads the text that `export.ts` writes. */
export function parseHistory(text: string): readonly HistoryCommit[] {
  return text
    .split(/^(?=commit [0-9a-f]{40}$)/m)
    .filter((part) => part.trim() !== '')
    .map(parseCommit);
}

function parseCommit(text: string): HistoryCommit {
  const lines = text.trimEnd().split('\n');
  const field = (name: string) => {
    const line = lines.find((each) => each === name || each.startsWith(`${name} `));
    if (line === undefined) throw new Error(`A commit without ${name}: ${lines[0]}`);
    return line.slice(name.length + 1);
  };
  const [, name = '', email = ''] = /^(.*) <(.*)>$/.exec(field('author')) ?? [];
  const start = lines.indexOf('message') + 1;
  const rest = lines.slice(start);
  const message = rest.filter((line) => line.startsWith('  ')).map((line) => line.slice(2));
  const files = rest.filter((line) => !line.startsWith('  ')).map((line) => line.split('\t'));
  const strange = files.find(([status, path]) => !/^[AMD]$/.test(status ?? '') || !path);
  if (strange) throw new Error(`Not a file of a commit: ${strange.join(' ')}`);
  const having = (status: string) =>
    files.flatMap(([is, path = '']) => (is === status ? path : []));
  return {
    hash: field('commit'),
    parent: field('parent'),
    author: { name, email },
    at: field('date'),
    message: message.join('\n'),
    added: having('A'),
    modified: having('M'),
    removed: having('D'),
  };
}
