import { serializerCompiler as checkingCompiler } from 'fastify-type-provider-zod';
import { z } from 'zod';

type Compiler = typeof checkingCompiler;
type Shape = (value: never) => unknown;

/**
 * Writes answers as their zod schemas say: fields that these do not know go no further. What is read
 * comes from rows that are typed by the same schemas, so it is written without being checked again;
 * what may have one of several forms, as answers of writes do, takes a check to tell.
 */
export const serializerCompiler: Compiler = (route) => {
  const { method, schema } = route;
  const shape = method === 'GET' && schema instanceof z.ZodObject ? shapeOf(schema) : undefined;
  return shape ? (data) => JSON.stringify(shape(data as never)) : checkingCompiler(route);
};

const asItIs = new Set(['string', 'number', 'boolean', 'enum', 'literal', 'record', 'unknown']);
const whole: Shape = (value) => value;

/** What is shown of a value; undefined when its schema does not say that without a check. */
function shapeOf(schema: z.core.$ZodType): Shape | undefined {
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) {
    const shape = shapeOf(schema.unwrap());
    return shape === undefined || shape === whole
      ? shape
      : (value) => (value ? shape(value) : value);
  }
  if (schema instanceof z.ZodArray) {
    const shape = shapeOf(schema.element);
    return shape === undefined || shape === whole
      ? shape
      : (values: readonly never[]) => values.map(shape);
  }
  if (schema instanceof z.ZodObject && schema.def.catchall === undefined) return objectOf(schema);
  return asItIs.has(schema._zod.def.type) ? whole : undefined;
}

function objectOf(schema: z.ZodObject): Shape | undefined {
  const fields = Object.entries(schema.shape).map(
    ([name, field]) => [name, shapeOf(field)] as const,
  );
  if (fields.some(([, shape]) => shape === undefined)) return undefined;
  return (value: Readonly<Record<string, never>>) => {
    const shown: Record<string, unknown> = {};
    for (const [name, shape] of fields as [string, Shape][]) {
      const field = value[name] as never;
      shown[name] = shape === whole ? field : shape(field);
    }
    return shown;
  };
}
