import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  framed,
  MAX_MESSAGE_BYTES,
  MessageDecoder,
} from '../../../../src/embedded/event-store/rpc/message-decoder.ts';

test('finds the messages, however they were cut on their way', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 30 }),
      (messages, cuts) => {
        const bytes = Buffer.concat(messages.map(framed));
        const decoder = new MessageDecoder();
        const found: Buffer[] = [];
        for (let at = 0, n = 0; at < bytes.length; n += 1) {
          const length = cuts[n % cuts.length] as number;
          found.push(...decoder.push(bytes.subarray(at, at + length)));
          at += length;
        }
        expect(found).toEqual(messages.map((message) => Buffer.from(message)));
        expect(decoder.isPartial).toBe(false);
      },
    ),
  );
});

test('knows that a message has not come whole', () => {
  const decoder = new MessageDecoder();
  expect(decoder.push(framed(Buffer.from('whole')).subarray(0, 7))).toEqual([]);
  expect(decoder.isPartial).toBe(true);
});

test('refuses a message that is too large before it has come, and one that is compressed', () => {
  const tooLarge = Buffer.alloc(5);
  tooLarge.writeUInt32BE(MAX_MESSAGE_BYTES + 1, 1);
  expect(() => new MessageDecoder().push(tooLarge)).toThrow(/larger than max/);
  expect(() => new MessageDecoder().push(Buffer.from([1, 0, 0, 0, 0]))).toThrow(/Compressed/);
});
