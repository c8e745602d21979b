import { Writable } from 'node:stream';
import { expect, it, vi } from 'vitest';
import { createLog } from '../src/log.ts';

function logged() {
  const entries: Record<string, unknown>[] = [];
  const to = new Writable({
    write(line, _encoding, done) {
      entries.push(JSON.parse(String(line)));
      done();
    },
  });
  const log = createLog({ logLevel: 'info', hostname: 'host-1' }, to);
  return { entries, log };
}

it('writes the first warnings of a kind, and then how many more there were', () => {
  vi.useFakeTimers();
  try {
    const { entries, log } = logged();
    const child = log.child({ part: 'http' });
    for (let n = 0; n < 1_000; n += 1) child.error({ err: new TypeError(`no ${n}`) }, 'away');
    child.error({ err: new RangeError('other') }, 'away');
    child.warn('away');
    expect(entries).toHaveLength(22);
    vi.advanceTimersByTime(10_000);
    expect(entries.slice(22)).toMatchObject([
      { level: 'error', part: 'http', msg: 'away', suppressed: 980 },
    ]);
    child.error({ err: new TypeError('again') }, 'away');
    expect(entries).toHaveLength(24);
  } finally {
    vi.useRealTimers();
  }
});

it('writes every line that is no warning', () => {
  const { entries, log } = logged();
  for (let n = 0; n < 100; n += 1) log.info('command settled');
  expect(entries).toHaveLength(100);
});
