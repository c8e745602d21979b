import { serializerCompiler as checkingCompiler } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { JsonText } from './json-text.ts';

type Compiler = typeof checkingCompiler;

/** Writes a value as JSON text; undefined when there is nothing to write. */
type Writer = (value: unknown) => string | undefined;

/**
 * Writes answers as their zod schemas say: fields that these do not know go no further. What is
 * answered comes from code that is typed by the same schemas, so it is written without being checked
 * again, unless it takes a check to tell which of several forms it has.
 *
 * The text is put together field by field: `JSON.stringify` would take an object made of the known
 * fields first, and longer for it than all this takes.
 */
export const serializerCompiler: Compiler = (route) => {
  const { schema } = route;
  const isAnswer = schema instanceof z.ZodObject || schema instanceof z.ZodUnion;
  const write = isAnswer ? writerOf(schema) : undefined;
  return write ? (data) => write(data) ?? '' : checkingCompiler(route);
};

const asItIs = new Set(['string', 'number', 'boolean', 'enum', 'literal', 'record', 'unknown']);

// What is not sure to stand for itself: quotes, backslashes, controls, and halves of characters.
const toEscape = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

/** The JSON of a text. */
export const jsonString = (text: string): string =>
  toEscape.test(text) ? JSON.stringify(text) : `"${text}"`;

/** The same as `JSON.stringify`. */
const whole: Writer = (value) => {
  if (typeof value === 'string') return jsonString(value);
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
  if (schema instanceof z.ZodUnion) return oneOf(schema.options as readonly z.core.$ZodType[]);
  return asItIs.has(schema._zod.def.type) ? whole : undefined;
}

function objectOf(schema: z.ZodObject): Writer | undefined {
  const fields = Object.entries(schema.shape).map(([name, field]) => ({
    ...{ name, label: `${JSON.stringify(name)}:`, write: writerOf(field) },
  }));
  if (fields.some(({ write }) => write === undefined)) return undefined;
  const known = fields as readonly { name: string; label: string; write: Writer }[];
  return (value) => {
    if (value instanceof JsonText) return value.text;
    let text = '';
    for (const { name, label, write } of known) {
      const field = write((value as Readonly<Record<string, unknown>>)[name]);
      if (field !== undefined) text += (text === '' ? '' : ',') + label + field;
    }
    return `{${text}}`;
  };
}

/** Of objects that differ in the fields they have, the one whose fields are there. */
function oneOf(options: readonly z.core.$ZodType[]): Writer | undefined {
  const objects = options.filter((option) => option instanceof z.ZodObject);
  const forms = objects.map((object) => ({
    own: ownField(object, objects),
    write: writerOf(object),
  }));
  if (objects.length < options.length) return undefined;
  if (forms.some(({ own, write }) => own === undefined || write === undefined)) return undefined;
  const known = forms as readonly { own: string; write: Writer }[];
  return (value) => {
    const form = known.find(({ own }) => Object.hasOwn(value as object, own));
    if (form === undefined) throw new TypeError('The answer has none of the forms of its schema');
    return form.write(value);
  };
}

/** A field that this object always has, and none of the others. */
const ownField = (object: z.ZodObject, all: readonly z.ZodObject[]): string | undefined =>
  Object.entries(object.shape).find(
    ([name, field]) =>
      !(field instanceof z.ZodOptional) &&
      all.every((other) => other === object || !Object.hasOwn(other.shape, name)),
  )?.[0];
