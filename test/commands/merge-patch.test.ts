import { expect, it } from 'vitest';
import { mergePatch } from '../../src/commands/merge-patch.ts';

// The object cases of RFC 7396, appendix A.
it.each([
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])('merging %j with %j gives %j', (target, patch, result) => {
  expect(mergePatch(target, patch)).toEqual(result);
});

it('does not let a patch reach a prototype', () => {
  const patch = JSON.parse('{"__proto__": {"polluted": true}}');
  mergePatch({}, patch);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});
