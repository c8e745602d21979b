/**
 * Whether two hashes, each in full or cut short, name one commit. Both are of the form commands
 * accept: 7 hexadecimal digits or more, in lower case.
 */
export const isSameCommit = (a: string, b: string): boolean => a.startsWith(b) || b.startsWith(a);
