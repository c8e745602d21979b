import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { runImi } from './run-imi.ts';

const run = promisify(execFile);

/** What bash offers for the last of these words. */
async function offered(script: string, words: readonly string[]): Promise<string[]> {
  const line = words.map((word) => `'${word}'`).join(' ');
  const ask = `COMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _imi; echo "\${COMPREPLY[@]}"`;
  const { stdout } = await run('bash', ['-c', `${script}\n${ask}`]);
  return stdout.trim().split(' ');
}

describe('The completion', () => {
  it('offers in bash what may follow', async () => {
    const { code, stdout } = await runImi(['completion', 'bash']);
    expect(code).toBe(0);
    expect(await offered(stdout, ['imi', 'pro'])).toEqual(['projects', 'projections']);
    expect(await offered(stdout, ['imi', 'work', ''])).toEqual(
      expect.arrayContaining(['list', 'start', 'inflight', 'complete']),
    );
    expect(await offered(stdout, ['imi', 'work', 'complete', '--me'])).toEqual(['--merge-commit']);
    expect(await offered(stdout, ['imi', 'events', '--project', 'x', '--fo'])).toEqual([
      '--follow',
    ]);
  });

  it("is bash's in zsh, and names the verbs of every group in fish", async () => {
    const zsh = await runImi(['completion', 'zsh']);
    expect(zsh.stdout).toMatch(/^#compdef imi\n[\s\S]*bashcompinit[\s\S]*_imi\(\)/);
    const fish = await runImi(['completion', 'fish']);
    expect(fish.stdout).toMatch(
      /seen_subcommand_from projections; and .* -a 'status rebuild verify/,
    );
  });

  it('is refused for another shell', async () => {
    expect(await runImi(['completion', 'cmd'])).toMatchObject({ code: 2 });
  });
});
