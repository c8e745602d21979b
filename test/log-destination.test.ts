import { execFile } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { createLog } from '../src/log.ts';
import { logDestination } from '../src/log-destination.ts';
import { testFolder } from './services/test-folder.ts';

const open = (path: string): number => {
  const file = openSync(path, 'a');
  onTestFinished(() => closeSync(file));
  return file;
};

async function logged() {
  const folder = await testFolder('log');
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'log');
  const log = createLog({ logLevel: 'info', hostname: 'h' }, logDestination(open(path)));
  const messages = () =>
    readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line).msg);
  return { log, messages };
}

const shortly = () => vi.advanceTimersByTime(10);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

it('writes lines that come shortly after each other together, in their order', async () => {
  const { log, messages } = await logged();
  for (const round of [1, 2]) {
    log.info(`one of ${round}`);
    await nextTurn();
    log.info(`two of ${round}`);
    expect(messages()).toHaveLength(2 * round - 2);
    shortly();
    expect(messages()).toHaveLength(2 * round);
  }
  expect(messages()).toEqual(['one of 1', 'two of 1', 'one of 2', 'two of 2']);
});

it('writes a warning at once, with all before it, and nothing twice', async () => {
  const { log, messages } = await logged();
  log.info('one');
  log.warn('two');
  expect(messages()).toEqual(['one', 'two']);
  log.child({ name: 'three' }).error('three');
  expect(messages()).toEqual(['one', 'two', 'three']);
  shortly();
  expect(messages()).toEqual(['one', 'two', 'three']);
});

it('does not let much wait', async () => {
  const { log, messages } = await logged();
  for (let n = 0; n < 7; n += 1) log.info('x'.repeat(10_000));
  expect(messages()).toHaveLength(7);
});

it('writes what waits when the process ends', async () => {
  const program = `
    import { createLog } from './src/log.ts';
    createLog({ logLevel: 'info', hostname: 'h' }).info('last');
    process.exit(0);`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...['--import', 'tsx', '--input-type=module', '--eval', program],
  ]);
  expect(JSON.parse(stdout).msg).toBe('last');
});

it('loses what a full disk does not take, and nothing else happens', () => {
  const log = createLog({ logLevel: 'info', hostname: 'h' }, logDestination(open('/dev/full')));
  for (let n = 0; n < 100; n += 1) log.info({ n }, 'x'.repeat(10_000));
});
