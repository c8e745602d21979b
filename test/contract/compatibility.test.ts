import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { jsonSchemaOf } from '../../src/contract/json-schema.ts';
import { breakingChanges } from './compatibility.ts';

const shipped = {
  id: z.uuid(),
  note: z.string().nullable(),
  state: z.enum(['open', 'closed']),
  hint: z.string().optional(),
  commits: z.array(z.object({ hash: z.string(), at: z.iso.datetime().nullable() })),
  place: z.object({ host: z.string() }).nullable(),
  metadata: z.record(z.string(), z.unknown()),
};
const { note: _note, ...withoutNote } = shipped;

const breaksWith = (changes: z.ZodRawShape): string[] =>
  breakingChanges(
    jsonSchemaOf(z.object(shipped)),
    jsonSchemaOf(z.object({ ...shipped, ...changes })),
  );

const commit = { hash: z.string(), at: z.iso.datetime().nullable() };

describe('A version of an event may', () => {
  it.each([
    ['stay as it is', {}],
    ['gain an optional field', { more: z.string().optional() }],
    ['gain a field with a default for older events', { more: z.string().default('') }],
    [
      'gain an optional field deep inside',
      { commits: z.array(z.object({ ...commit, x: z.int().optional() })) },
    ],
    ['gain a value in a list of values', { state: z.enum(['open', 'closed', 'draft']) }],
    ['be described better', { note: z.string().nullable().describe('What they said') }],
  ])('%s', (_, changes) => {
    expect(breaksWith(changes)).toEqual([]);
  });
});

describe('A version of an event may not', () => {
  it('lose a field', () => {
    const current = jsonSchemaOf(z.object(withoutNote));
    expect(breakingChanges(jsonSchemaOf(z.object(shipped)), current)).toEqual(['note was removed']);
  });

  it.each([
    ['make a field optional', { id: z.uuid().optional() }, 'id was made optional'],
    [
      'make a field required',
      { hint: z.string() },
      'hint was made required: older events may lack it',
    ],
    [
      'gain a required field',
      { more: z.string() },
      'more is new and required: older events lack it',
    ],
    [
      'retype a field',
      { note: z.int().nullable() },
      'note was null or string and is integer or null',
    ],
    ['let a field be null', { id: z.uuid().nullable() }, 'id was string and is null or string'],
    ['stop a field from being null', { note: z.string() }, 'note was null or string and is string'],
    ['lose a value', { state: z.enum(['open']) }, 'state can no longer be "closed"'],
    ['open a list of values', { state: z.string() }, 'state takes any value now'],
    [
      'close a text to a list of values',
      { hint: z.enum(['a']).optional() },
      'hint takes listed values only now',
    ],
    ['give a field another format', { id: z.string() }, 'id has another format'],
    ['tighten a limit', { hint: z.string().max(5).optional() }, 'hint has another maxLength'],
    [
      'change what is in a list',
      { commits: z.array(z.object({ ...commit, at: z.iso.datetime() })) },
      'commits[].at was null or string and is string',
    ],
    [
      'change what is inside an object',
      { place: z.object({ host: z.int() }).nullable() },
      'place.host was string and is integer',
    ],
    [
      'fix what was free',
      { metadata: z.record(z.string(), z.int()) },
      'metadata[] was anything and is integer',
    ],
  ])('%s', (_, changes, sentence) => {
    expect(breaksWith(changes)).toContain(sentence);
  });
});
