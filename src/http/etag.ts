import { invalidRequest } from './validation.ts';

/** The ETag of an entity is the revision of its stream (spec/http.md, "ETag"). */
export const etagOf = (revision: number): string => `"${revision}"`;

/**
 * The revision that `If-Match` asks for; undefined when the header is absent or `*`.
 * Throws `VALIDATION_ERROR` for what is not an ETag of iMi.
 */
export function expectedRevision(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  const digits = /^"?(\d{1,10})"?$/.exec(ifMatch.trim())?.[1];
  if (digits === undefined) {
    const message = 'must be one ETag as iMi gave it, such as "3"';
    throw invalidRequest([{ location: 'headers', path: 'if-match', message }]);
  }
  return Number(digits);
}

/** Whether the client holds this version already (`If-None-Match`). */
export const isKnown = (ifNoneMatch: string | undefined, etag: string): boolean =>
  (ifNoneMatch ?? '').split(',').some((tag) => ['*', etag, `W/${etag}`].includes(tag.trim()));
