import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

// Writes the history of a repository down as text, oldest first, for the tests that play it in:
//   node --import tsx test/real-history/export.ts <revision>
// Kept in the repository, so that a tarball or a shallow clone plays in the same.
const [revision = 'HEAD'] = process.argv.slice(2);
const format = [
  'commit %H',
  'parent %P',
  'author %an <%ae>',
  'date %aI',
  'message',
  '%w(0,2,2)%B%w(0,0,0)',
];
const log = ['log', '--reverse', '--first-parent', '--no-merges', '--no-renames', '--name-status'];
const text = execFileSync('git', [...log, `--format=${format.join('%n')}`, revision], {
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
});
const lines = text.split('\n').map((line) => line.trimEnd());
writeFileSync(
  new URL('./history.txt', import.meta.url),
  `${lines.filter((line) => line !== '').join('\n')}\n`,
);
