import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { testFolder } from '../services/test-folder.ts';

const run = promisify(execFile);

export interface GitFolder {
  readonly path: string;
  git(...args: string[]): Promise<void>;
}

/** A checkout of a repository with this origin on a branch with one commit. */
export async function gitFolder(origin: string, branch: string): Promise<GitFolder> {
  const path = await testFolder('checkout');
  const git = async (...args: string[]): Promise<void> => {
    const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.com'];
    await run('git', [...who, ...args], { cwd: path });
  };
  await git('init', '--quiet', '--initial-branch', branch);
  await git('remote', 'add', 'origin', origin);
  await writeFile(join(path, 'README'), 'one\n');
  await git('add', '.');
  await git('commit', '--quiet', '--message', 'First');
  return { path, git };
}
