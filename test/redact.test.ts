import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact, redactText } from '../src/redact.ts';

const secrets = [
  'ghp_0123456789abcdefABCDEF0123456789abcd',
  'github_pat_11AAAAAAA0abcdefghijkl_0123456789',
  'AKIAIOSFODNN7EXAMPLE',
  'sk-proj-0123456789abcdefghij',
  'xoxb-1234567890-abcdefghij',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
  'Bearer abcdef0123456789',
  'npm_0123456789abcdefghij',
  'sk_live_0123456789abcdefghij',
  'AIzaSyA0123456789abcdefghijklmnopqrstu',
];

/** What a text itself calls a credential; `hunter2…` is what must not be seen. */
const told = [
  'password=hunter2',
  'passwd: hunter2hunter2',
  '{"password":"hunter2hunter2"}',
  'AWS_SECRET_ACCESS_KEY=hunter2/hunter2+hunter2',
  'Authorization: token hunter2hunter2',
  'https://example.com/cb?access_token=hunter2&x=1',
  'https://hunter2@github.com/acme/widget.git',
  'amqp://imi:hunter2@broker:5672/',
];

const harmless = [
  'Token: handle the end of a session',
  'Fix the password form',
  'ssh://git@github.com/acme/widget.git',
  'git@github.com:acme/widget.git',
  'https://github.com/acme/widget/pull/42',
  'mail ada@example.com',
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

  it.each(told)('hides the credential in %s', (text) => {
    expect(redactText(`before ${text} after`)).not.toContain('hunter2');
  });

  it.each(harmless)('leaves %s as it is', (text) => {
    expect(redactText(text)).toBe(text);
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
