import fastJson, { type Schema } from 'fast-json-stringify';
import { serializerCompiler as checkingCompiler } from 'fastify-type-provider-zod';
import { z } from 'zod';

type Compiler = typeof checkingCompiler;
type Node = z.core.JSONSchema.BaseSchema;

/**
 * Writes answers as their zod schemas say: fields that these do not know go no further. What is read
 * comes from rows that are typed by the same schemas, so it is written without being checked again;
 * answers of writes may have one of several forms, which takes a check to tell.
 */
export const serializerCompiler: Compiler = (route) => {
  if (route.method !== 'GET' || !(route.schema instanceof z.ZodObject)) {
    return checkingCompiler(route);
  }
  const { schema } = route;
  let write: ((data: unknown) => string) | null = null;
  return (data) => {
    // At the first answer: most schemas are of errors, which are written otherwise.
    write ??= fastJson(formOf(z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' })));
    return write(data);
  };
};

const anything = {} as Schema;

/** What matters for writing: names, kinds and what may be null. All else is written as it comes. */
function formOf(root: Node): Schema {
  const form = (node: Node): Schema => {
    if (node.$ref !== undefined) return form(root.$defs?.[node.$ref.replace('#/$defs/', '')] ?? {});
    const { anyOf, type } = node;
    if (anyOf !== undefined) {
      const [some, none, ...more] = anyOf as Node[];
      const isNullable = none?.type === 'null' && more.length === 0 && some?.anyOf === undefined;
      return isNullable ? ({ ...form(some as Node), nullable: true } as Schema) : anything;
    }
    if (type === 'array') return { type, items: form((node.items ?? {}) as Node) };
    if (type !== 'object') return isPlain(type) ? { type } : anything;
    const { properties = {}, required = [], additionalProperties } = node;
    return {
      type,
      required: [...required],
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, each]) => [name, form(each as Node)]),
      ),
      ...(typeof additionalProperties === 'object' && {
        additionalProperties: form(additionalProperties as Node),
      }),
    };
  };
  return form(root);
}

const isPlain = (type: unknown): type is 'string' | 'integer' | 'number' | 'boolean' =>
  type === 'string' || type === 'integer' || type === 'number' || type === 'boolean';
