import fc from 'fast-check';
import { parse, v5 } from 'uuid';
import { expect, test } from 'vitest';
import { nameUuid } from '../src/name-uuid.ts';

test('the id of a name is the one that everybody makes of it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.uuid(), (name, namespace) => {
      expect(nameUuid(name, parse(namespace))).toBe(v5(Buffer.from(name), namespace));
    }),
  );
});
