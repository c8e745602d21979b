import { z } from 'zod';
import { isStorable, unstorablePath } from '../storable-text.ts';
import { isStorableTime } from '../storable-time.ts';

/** Limits on what a command may carry; a longer text is refused, never cut. */
const text = z.string().refine(isStorable, 'must not contain NUL or half a surrogate pair');
export const maxShortText = 200;
export const maxTitleText = 1000;
export const maxLongText = 10_000;
export const shortText = text.trim().min(1).max(maxShortText);
export const longText = text.max(maxLongText);
export const path = text.trim().min(1).max(4096);
export const titleText = text.max(maxTitleText);
export const sourceRef = text.trim().min(1).max(500);
export const branchName = text
  .trim()
  .min(1)
  .max(255)
  // git-check-ref-format(1): what no branch can be called.
  .refine((name) => !/[\s~^:?*[\\\p{Cc}]|\.\.|@\{|\/\/|^[/.-]|[/.]$|\.lock$/u.test(name), {
    message: 'is not a valid git branch name (see git check-ref-format)',
  });
export const commitHash = z
  .string()
  .regex(/^[0-9a-f]{7,64}$/i, 'must be a commit hash: 7 to 64 hexadecimal digits')
  .toLowerCase();
export const ticketId = text.trim().min(1).max(100);
export const time = z.iso
  .datetime({ offset: true })
  .refine((text) => isStorableTime(new Date(text)), 'must be a time between the years 1 and 9999');
export const uuid = z.uuid().toLowerCase();
export const count = z.int().min(0).max(2_147_483_647);

const maxMetadataBytes = 64 * 1024;
const maxDepth = 16;

/** A JSON object of bounded size and depth, of texts that PostgreSQL's jsonb can hold. */
export const metadata = z.record(z.string().max(200), z.unknown()).superRefine((value, context) => {
  if (depthOf(value) > maxDepth) {
    context.addIssue({ code: 'custom', message: `must not nest deeper than ${maxDepth} levels` });
    return;
  }
  const size = Buffer.byteLength(JSON.stringify(value));
  if (size > maxMetadataBytes) {
    context.addIssue({
      code: 'custom',
      message: `must not be larger than ${maxMetadataBytes} bytes`,
    });
  }
  if (unstorablePath(value) !== null) {
    context.addIssue({
      code: 'custom',
      message: 'must not contain NUL, half a surrogate pair or a number beyond all bounds',
    });
  }
});

function depthOf(root: unknown): number {
  let depth = 0;
  let level: unknown[] = [root];
  while (level.length > 0 && depth <= maxDepth + 1) {
    level = level.flatMap((value) =>
      value !== null && typeof value === 'object' ? Object.values(value) : [],
    );
    depth += 1;
  }
  return depth - 1;
}
