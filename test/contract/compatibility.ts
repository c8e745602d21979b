import equal from 'fast-deep-equal';
import type { JsonSchema } from '../../src/contract/json-schema.ts';

/**
 * What a schema of an event may not do to one that was shipped under the same version. Consumers
 * rely on what was shipped, and events recorded under it stay readable:
 *
 * - a field stays, under its name;
 * - a field that was always there stays always there, and one that was not never becomes required;
 * - a field keeps its type: no new type, null included, and none less;
 * - limits and formats stay as they are;
 * - a list of values may grow and never shrinks;
 * - a new field is optional, because events recorded before do not have it.
 *
 * Whatever breaks a rule needs a new version of the event. Answers one sentence per break.
 */
export function breakingChanges(shipped: JsonSchema, current: JsonSchema, path = ''): string[] {
  const [before, after] = [alternatives(shipped), alternatives(current)];
  const [was, is] = [typesOf(before), typesOf(after)];
  if (was !== is) return [`${path || 'the payload'} was ${was} and is ${is}`];
  return before.flatMap((one, index) => breaksOf(one, after[index] as JsonSchema, path));
}

const typesOf = (schemas: readonly JsonSchema[]): string =>
  schemas.map(({ type }) => String(type ?? 'anything')).join(' or ');

/** The types a schema accepts, each by itself, in a fixed order. */
function alternatives(schema: JsonSchema): JsonSchema[] {
  const variants = (schema.anyOf ?? schema.oneOf) as JsonSchema[] | undefined;
  if (variants) return variants.flatMap(alternatives).sort(byType);
  const types: unknown[] = Array.isArray(schema.type) ? schema.type : [schema.type];
  return types.map((type) => ({ ...schema, type })).sort(byType);
}

const byType = (a: JsonSchema, b: JsonSchema): number =>
  String(a.type).localeCompare(String(b.type));

function breaksOf(shipped: JsonSchema, current: JsonSchema, path: string): string[] {
  return [
    ...fieldBreaks(shipped, current, path),
    ...valueBreaks(shipped, current, path),
    ...(['items', 'additionalProperties'] as const).flatMap((keyword) => {
      const [was, is] = [shipped[keyword], current[keyword]];
      if (equal(was, is)) return [];
      if (!isSchema(was) || !isSchema(is)) return [`${path} has other ${keyword}`];
      return breakingChanges(was, is, `${path}[]`);
    }),
    ...limitsOf(shipped, current)
      .filter((keyword) => !equal(shipped[keyword], current[keyword]))
      .map((keyword) => `${path || 'the payload'} has another ${keyword}`),
  ];
}

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null;

type Fields = { readonly [name: string]: JsonSchema };

function fieldBreaks(shipped: JsonSchema, current: JsonSchema, path: string): string[] {
  const [before, after] = [fieldsOf(shipped), fieldsOf(current)];
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  const kept = Object.entries(before).flatMap(([name, field]) => {
    const now = after[name];
    if (now === undefined) return [`${at(name)} was removed`];
    const [was, is] = [requires(shipped, name), requires(current, name)];
    return [
      ...(was && !is ? [`${at(name)} was made optional`] : []),
      ...(!was && is ? [`${at(name)} was made required: older events may lack it`] : []),
      ...breakingChanges(field, now, at(name)),
    ];
  });
  const added = Object.keys(after)
    .filter((name) => !Object.hasOwn(before, name) && requires(current, name))
    .map((name) => `${at(name)} is new and required: older events lack it`);
  return [...kept, ...added];
}

const fieldsOf = ({ properties }: JsonSchema): Fields => (properties ?? {}) as Fields;

const requires = ({ required }: JsonSchema, name: string): boolean =>
  Array.isArray(required) && required.includes(name);

function valueBreaks(shipped: JsonSchema, current: JsonSchema, path: string): string[] {
  const [before, after] = [valuesOf(shipped), valuesOf(current)];
  if (after === null) return before === null ? [] : [`${path} takes any value now`];
  if (before === null) return [`${path} takes listed values only now`];
  const gone = before.filter((value) => !after.includes(value));
  return gone.map((value) => `${path} can no longer be ${JSON.stringify(value)}`);
}

const valuesOf = (schema: JsonSchema): readonly unknown[] | null =>
  'const' in schema ? [schema.const] : ((schema.enum as unknown[] | undefined) ?? null);

/** Looked at above, or only there for people. */
const otherKeywords = new Set([
  ...['type', 'anyOf', 'oneOf', 'properties', 'required', 'items', 'additionalProperties'],
  ...['enum', 'const', 'title', 'description', 'examples', 'default', 'deprecated', '$schema'],
]);

const limitsOf = (...schemas: readonly JsonSchema[]): string[] =>
  [...new Set(schemas.flatMap((schema) => Object.keys(schema)))].filter(
    (keyword) => !otherKeywords.has(keyword),
  );
