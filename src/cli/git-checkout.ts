import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What git says with these arguments in the current folder; null when it refuses or is missing. */
async function git(...args: readonly string[]): Promise<string | null> {
  try {
    const { stdout } = await run('git', args, { timeout: 10_000, maxBuffer: 64 * 1024 * 1024 });
    return stdout.trimEnd();
  } catch {
    return null;
  }
}

/** The remote `origin`, without a user or a token that stands in it. */
export async function checkoutOrigin(): Promise<string | null> {
  const origin = await git('remote', 'get-url', 'origin');
  return origin?.replace(/^(https?:\/\/)[^@/]*@/i, '$1') ?? null;
}

/** The branch; null when the head is detached. */
export const checkoutBranch = (): Promise<string | null> =>
  git('symbolic-ref', '--quiet', '--short', 'HEAD');

/** The top folder. */
export const checkoutRoot = (): Promise<string | null> => git('rev-parse', '--show-toplevel');

/** The branch that `origin` has as its default, as far as the checkout knows. */
export async function defaultBranch(): Promise<string | null> {
  const head = await git('symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD');
  return head?.replace(/^origin\//, '') ?? null;
}

export interface MeasuredState {
  readonly uncommitted_files_count: number;
  readonly ahead_of_trunk?: number;
  readonly behind_trunk?: number;
  readonly last_commit_hash?: string;
  readonly last_commit_message?: string;
}

/** The git state of the checkout against a branch of `origin`; null outside of a checkout. */
export async function measureState(trunk: string): Promise<MeasuredState | null> {
  const status = await git('status', '--porcelain');
  if (status === null) return null;
  const [ahead, behind] =
    (await git('rev-list', '--left-right', '--count', `HEAD...origin/${trunk}`))?.split('\t') ?? [];
  const [hash, message] = (await git('log', '-1', '--format=%H%n%s'))?.split('\n') ?? [];
  return {
    uncommitted_files_count: status === '' ? 0 : status.split('\n').length,
    ...(ahead !== undefined && { ahead_of_trunk: Number(ahead) }),
    ...(behind !== undefined && { behind_trunk: Number(behind) }),
    ...(hash !== undefined && { last_commit_hash: hash }),
    ...(message !== undefined && { last_commit_message: message }),
  };
}
