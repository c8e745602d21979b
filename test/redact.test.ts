import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact } from '../src/redact.ts';

const secrets = [
  'ghp_0123456789abcdefABCDEF0123456789abcd',
  'github_pat_11AAAAAAA0abcdefghijkl_0123456789',
  'AKIAIOSFODNN7EXAMPLE',
  'sk-proj-0123456789abcdefghij',
  'xoxb-1234567890-abcdefghij',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
  'Bearer abcdef0123456789',
];

describe('a redacted request', () => {
  it.each(secrets)('never shows %s, wherever it stands', (secret) => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), fc.nat(4), (around, depth) => {
        let value: unknown = `${around} ${secret} ${around}`;
        for (let level = 0; level < depth; level += 1)
          value = level % 2 ? [value] : { level: value };
        expect(JSON.stringify(redact({ value }))).not.toContain(secret);
      }),
    );
  });

  it('hides what stands under a telling name, and the password of a URL', () => {
    const text = JSON.stringify(
      redact({
        Authorization: 'x1',
        db: { password: 'x2', apiKey: 'x3', url: 'postgres://imi:x4@db/imi' },
        list: [{ client_secret: 'x5' }],
      }),
    );
    expect(text).not.toMatch(/x[1-5]/);
    expect(text).toContain('postgres://[redacted]@db/imi');
  });

  it('keeps what is no secret', () => {
    const request = { branch_name: 'feat/x', count: 3, flag: false, none: null, list: [1, 'a'] };
    expect(redact(request)).toEqual(request);
  });

  it('stays small whatever it is given', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 12 }), (value) => {
        expect(JSON.stringify(redact(value))).toBeTypeOf('string');
      }),
    );
    const huge = { text: 'x'.repeat(1_000_000), list: Array.from({ length: 10_000 }, () => 'y') };
    expect(JSON.stringify(redact(huge)).length).toBeLessThan(1_000);
  });
});
