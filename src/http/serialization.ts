import { serializerCompiler as checkingCompiler } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { JsonText } from './json-text.ts';

type Compiler = typeof checkingCompiler;

/** Writes a value as JSON text; undefined when there is nothing to write. */
type Writer = (value: unknown) => string | undefined;

/**
 * Writes answers as their zod schemas say: fields that these do not know go no further. What is read
 * comes from rows that are typed by the same schemas, so it is written without being checked again;
 * what may have one of several forms, as answers of writes do, takes a check to tell.
 *
 * The text is put together field by field: `JSON.stringify` would take an object made of the known
 * fields first, and longer for it than all this takes.
 */
export const serializerCompiler: Compiler = (route) => {
  const { method, schema } = route;
  const write = method === 'GET' && schema instanceof z.ZodObject ? writerOf(schema) : undefined;
  return write ? (data) => write(data) ?? '' : checkingCompiler(route);
};

const asItIs = new Set(['string', 'number', 'boolean', 'enum', 'literal', 'record', 'unknown']);

// What is not sure to stand for itself: quotes, backslashes, controls, and halves of characters.
const toEscape = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

/** The same as `JSON.stringify`. */
const whole: Writer = (value) => {
  if (typeof value === 'string') return toEscape.test(value) ? JSON.stringify(value) : `"${value}"`;
  if (value === null) return 'null';
  if (value === true) return 'true';
  if (value === false) return 'false';
  return JSON.stringify(value);
};

/** How a value is written; undefined when its schema does not say that without a check. */
function writerOf(schema: z.core.$ZodType): Writer | undefined {
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) {
    const write = writerOf(schema.unwrap());
    return write === undefined || write === whole
      ? write
      : (value) => (value ? write(value) : whole(value));
  }
  if (schema instanceof z.ZodArray) {
    const write = writerOf(schema.element);
    return (
      write &&
      ((values) =>
        values instanceof JsonText
          ? values.text
          : `[${(values as unknown[]).map((each) => write(each) ?? 'null').join()}]`)
    );
  }
  if (schema instanceof z.ZodObject && schema.def.catchall === undefined) return objectOf(schema);
  return asItIs.has(schema._zod.def.type) ? whole : undefined;
}

function objectOf(schema: z.ZodObject): Writer | undefined {
  const fields = Object.entries(schema.shape).map(([name, field]) => ({
    ...{ name, label: `${JSON.stringify(name)}:`, write: writerOf(field) },
  }));
  if (fields.some(({ write }) => write === undefined)) return undefined;
  const known = fields as readonly { name: string; label: string; write: Writer }[];
  return (value) => {
    let text = '';
    for (const { name, label, write } of known) {
      const field = write((value as Readonly<Record<string, unknown>>)[name]);
      if (field !== undefined) text += (text === '' ? '' : ',') + label + field;
    }
    return `{${text}}`;
  };
}
