import { expect, it } from 'vitest';
import { ProtobufFields } from '../../src/protobuf/fields.ts';

it('has nothing of the field before in one of another kind', () => {
  // 1: "ab", 2: 300, 3: eight bytes
  const fields = new ProtobufFields(Buffer.from('0a02616210ac02190102030405060708', 'hex'));
  const seen = [];
  while (fields.next()) seen.push([fields.number, fields.text(), fields.value]);
  expect(seen).toEqual([
    [1, 'ab', 0],
    [2, '', 300],
    [3, '', 0],
  ]);
});
