import { closeSync, openSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createLog } from '../src/log.ts';
import { logDestination } from '../src/log-destination.ts';
import { testFolder } from './services/test-folder.ts';

const open = (path: string): number => {
  const file = openSync(path, 'a');
  onTestFinished(() => closeSync(file));
  return file;
};

it('writes each line at once', async () => {
  const folder = await testFolder('log');
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'log');
  const log = createLog({ logLevel: 'info', hostname: 'h' }, logDestination(open(path)));
  log.info('one');
  log.info('two');
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['one', 'two']);
});

it('loses what a full disk does not take, and nothing else happens', () => {
  const log = createLog({ logLevel: 'info', hostname: 'h' }, logDestination(open('/dev/full')));
  for (let n = 0; n < 100; n += 1) log.info({ n }, 'x'.repeat(10_000));
});
