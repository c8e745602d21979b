import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LogTail } from '../../../src/embedded/event-store/log-tail.ts';

test('answers the bytes of the log, or nothing, wherever it is asked', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 12 }),
      fc.array(fc.tuple(fc.nat(1_500_000), fc.integer({ min: 1, max: 300_000 })), {
        maxLength: 20,
      }),
      (sizes, reads) => {
        const begin = 100;
        const whole = Buffer.alloc(sizes.reduce((sum, size) => sum + size, 0));
        for (let at = 0; at < whole.length; at += 1) whole[at] = (at * 31) % 251;
        const tail = new LogTail();
        let end = 0;
        for (const size of sizes) {
          tail.add(begin + end, whole.subarray(end, end + size));
          end += size;
        }
        for (const [at, length] of [...reads, [end - 1, 1] as const]) {
          const bytes = tail.read(begin + at, length);
          if (at + length > end) expect(bytes).toBeNull();
          else if (bytes !== null) expect(bytes.equals(whole.subarray(at, at + length))).toBe(true);
          else expect(end - at).toBeGreaterThan(300_000);
        }
        expect(tail.read(0, 10)).toBeNull();
      },
    ),
    { numRuns: 60 },
  );
});

test('keeps what was written last', () => {
  const tail = new LogTail();
  const chunk = Buffer.alloc(200 * 1024, 7);
  for (let n = 0; n < 4; n += 1) tail.add(n * chunk.length, chunk);
  expect(tail.read(3 * chunk.length, chunk.length)?.equals(chunk)).toBe(true);
  expect(tail.read(3 * chunk.length - 5, 10)?.equals(Buffer.alloc(10, 7))).toBe(true);
  expect(tail.read(0, 10)).toBeNull();
});
