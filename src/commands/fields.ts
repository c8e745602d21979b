import { z } from 'zod';

/** Limits on what a command may carry; a longer text is refused, never cut. */
export const shortText = z.string().trim().min(1).max(200);
export const longText = z.string().max(10_000);
export const path = z.string().trim().min(1).max(4096);
export const branchName = z
  .string()
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
export const ticketId = z.string().trim().min(1).max(100);
export const uuid = z.uuid().toLowerCase();
export const count = z.int().min(0).max(2_147_483_647);

const maxMetadataBytes = 64 * 1024;
const maxDepth = 16;

/** A JSON object of bounded size and depth, without the NUL that PostgreSQL's jsonb cannot hold. */
export const metadata = z.record(z.string().max(200), z.unknown()).superRefine((value, context) => {
  if (depthOf(value) > maxDepth) {
    context.addIssue({ code: 'custom', message: `must not nest deeper than ${maxDepth} levels` });
    return;
  }
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) > maxMetadataBytes) {
    context.addIssue({
      code: 'custom',
      message: `must not be larger than ${maxMetadataBytes} bytes`,
    });
  }
  if (text.includes('\\u0000')) {
    context.addIssue({ code: 'custom', message: 'must not contain NUL characters' });
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
