import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { rehearsed } from '../../src/commands/http/write-schemas.ts';
import { deployResource } from '../../src/http/schemas/deploy.ts';
import { pageOf } from '../../src/http/schemas/page.ts';
import { prLinkResource } from '../../src/http/schemas/pr-link.ts';
import { projectResource } from '../../src/http/schemas/project.ts';
import { ticketLinkResource } from '../../src/http/schemas/ticket-link.ts';
import { workItemResource } from '../../src/http/schemas/work-item.ts';
import { serializerCompiler } from '../../src/http/serialization.ts';

const written = (schema: z.ZodType, answer: unknown, method = 'GET'): unknown =>
  JSON.parse(serializerCompiler({ schema, method, url: '/' })(answer));

const exampleOf = <Schema extends z.ZodType>(schema: Schema) =>
  (schema.meta()?.examples as z.infer<Schema>[] | undefined)?.[0] as z.infer<Schema>;

test.each([projectResource, workItemResource, deployResource, ticketLinkResource, prLinkResource])(
  'an answer that is read is written as it is',
  (schema) => {
    const example = exampleOf<z.ZodType>(schema);
    expect(example).toBeDefined();
    expect(written(schema, example)).toEqual(example);
  },
);

test('what is null, nested, free in form or quoted is written as it is', () => {
  const item = exampleOf(workItemResource);
  const page = {
    items: [
      {
        ...item,
        last_commit_message: '"quoted"\n\u2028 and ümlaut 😀 \ud800',
        worktree: { type: 'feat', name: 'spin', host: null },
        metadata: { deep: { list: [1, null, { a: 'b' }] }, none: null },
        tickets: [{ ...exampleOf(ticketLinkResource), ticket_observed: null }],
        open_prs: [exampleOf(prLinkResource)],
      },
      { ...item, worktree: null, uncommitted_files_count: null },
    ],
    total: 2,
    offset: 0,
    limit: 50,
  };
  expect(written(pageOf(workItemResource), page)).toEqual(JSON.parse(JSON.stringify(page)));
});

test('any text and any JSON is written as JSON.stringify writes it', () => {
  const schema = z.object({ text: z.string(), free: z.record(z.string(), z.unknown()) });
  const write = serializerCompiler({ schema, method: 'GET', url: '/' });
  const unit = fc.oneof(
    fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    fc.constantFrom('"', '\\', '\n', '\u007f', '\ud83d\ude00'),
  );
  fc.assert(
    fc.property(fc.string({ unit }), fc.dictionary(fc.string(), fc.jsonValue()), (text, free) => {
      expect(write({ text, free })).toBe(JSON.stringify({ text, free }));
    }),
  );
});

test('fields that the schema does not know go no further, at any depth', () => {
  const schema = z.object({ a: z.int(), list: z.array(z.object({ b: z.string().nullable() })) });
  const answer = { a: 1, secret: 'x', list: [{ b: null, secret: 'y' }] };
  for (const method of ['GET', 'POST']) {
    expect(written(schema, answer, method)).toEqual({ a: 1, list: [{ b: null }] });
  }
});

test('what may be left out is left out', () => {
  const schema = z.object({ a: z.int(), b: z.int().optional() });
  expect(written(schema, { a: 1 })).toEqual({ a: 1 });
});

test('an answer in one of several forms is written in its own', () => {
  const schema = z.union([z.object({ a: z.int() }), z.object({ b: z.string() })]);
  expect(written(schema, { b: 'x', c: 1 })).toEqual({ b: 'x' });
  const nested = z.object({ list: z.array(schema) });
  expect(written(nested, { list: [{ b: 'x', c: 1 }] })).toEqual({ list: [{ b: 'x' }] });
});

test('forms that have no field of their own are told by a check', () => {
  const schema = z.union([
    z.object({ type: z.literal('text'), value: z.string() }),
    z.object({ type: z.literal('numbers'), value: z.array(z.int()) }),
    z.object({ type: z.literal('none'), value: z.null().optional() }),
  ]);
  for (const answer of [
    { type: 'text', value: 'x' },
    { type: 'numbers', value: [1] },
  ]) {
    expect(written(schema, { ...answer, secret: 'y' })).toEqual(answer);
  }
});

test('an answer in none of the forms is a fault of ours, and not written', () => {
  const schema = z.union([z.object({ a: z.int() }), z.object({ b: z.string() })]);
  expect(() => written(schema, { c: 1 })).toThrow(TypeError);
});

test('the answer to a write is the entity, or what would be written', () => {
  const schema = z.union([workItemResource, rehearsed]);
  const item = exampleOf(workItemResource);
  expect(written(schema, { ...item, secret: 'x' }, 'PATCH')).toEqual(item);
  const rehearsal = { dry_run: true, status: 'accepted', events: [{ type: 't', data: { a: 1 } }] };
  expect(written(schema, rehearsal, 'PATCH')).toEqual(rehearsal);
});
