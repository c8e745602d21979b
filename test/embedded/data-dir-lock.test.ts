import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockDataDir } from '../../src/embedded/data-dir-lock.ts';
import { startMark } from '../../src/embedded/process-identity.ts';

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), `imi-test-${process.pid}-lock-`));
});
afterEach(() => rm(dataDir, { recursive: true }));

it('refuses a second holder and names the process that holds the folder', async () => {
  await lockDataDir(dataDir);
  await expect(lockDataDir(dataDir)).rejects.toMatchObject({
    code: 'IMI_ERR_DATA_DIR_IN_USE',
    message: expect.stringContaining(`process ${process.pid}`),
  });
});

it('can be taken again after it was released', async () => {
  await (await lockDataDir(dataDir)).release();
  await (await lockDataDir(dataDir)).release();
  expect(await readdir(dataDir)).toEqual(['imi.lock.2']);
});

it('takes over the lock of a process that is gone', async () => {
  await writeFile(
    join(dataDir, 'imi.lock.7'),
    JSON.stringify({ pid: 2 ** 22 + 1, started: 'then' }),
  );
  await (await lockDataDir(dataDir)).release();
});

it('takes over a lock whose pid now belongs to another process', async () => {
  const lock = { pid: process.ppid, started: `${await startMark(process.ppid)} earlier` };
  await writeFile(join(dataDir, 'imi.lock.7'), JSON.stringify(lock));
  await (await lockDataDir(dataDir)).release();
});

it('takes over a lock file that was cut short', async () => {
  await writeFile(join(dataDir, 'imi.lock.7'), '{"pid":');
  await (await lockDataDir(dataDir)).release();
});

it('lets exactly one of many starters take over a stale lock', async () => {
  await writeFile(
    join(dataDir, 'imi.lock.7'),
    JSON.stringify({ pid: 2 ** 22 + 1, started: 'then' }),
  );
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => lockDataDir(dataDir)));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

it('names the remedy where no data can be kept', async () => {
  const file = join(dataDir, 'a-file');
  await writeFile(file, '');
  for (const folder of [file, join(file, 'below')]) {
    await expect(lockDataDir(folder)).rejects.toMatchObject({
      code: 'IMI_ERR_DATA_DIR_UNUSABLE',
      message: expect.stringMatching(/cannot keep its data in .*IMI_DATA_DIR/),
    });
  }
});
