import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { JsonSchema } from '../../src/contract/json-schema.ts';

export interface Parameter {
  readonly in: 'path' | 'query' | 'header';
  readonly name: string;
  readonly required?: boolean;
  readonly schema: JsonSchema;
}

/** One operation as the service's own OpenAPI document has it. */
export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** Schemas of the body by content type; none when it takes no body. */
  readonly bodies: readonly (readonly [type: string, schema: JsonSchema])[];
  /** What an answer of each documented status must be like; null when it has no body. */
  readonly answers: ReadonlyMap<number, Answer>;
  /** Whether its answer never ends. */
  readonly endless: boolean;
}

export interface Answer {
  readonly types: readonly string[];
  /** Name of the resource, when it is one. */
  readonly resources: readonly string[];
  readonly validate: ValidateFunction | null;
}

export interface ApiDocument {
  readonly operations: readonly Operation[];
  resolve(reference: string): JsonSchema;
  /** Path that reads one resource by its id; undefined when there is none. */
  readerOf(resource: string): string | undefined;
}

interface Content {
  readonly content?: { readonly [type: string]: { readonly schema: JsonSchema } };
}

interface RawOperation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content;
  readonly responses: { readonly [status: string]: Content };
}

const base = 'https://imi.test/openapi';

/** Every operation of the document at `/openapi.json`, so that a new route is among them by itself. */
// biome-ignore lint/suspicious/noExplicitAny: a document that test/http/openapi.test.ts has checked
export function readDocument(document: any): ApiDocument {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: base, ...document });
  const paths = document.paths as Record<string, Record<string, RawOperation>>;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, raw]) => operation(ajv, method, path, raw)),
  );
  return {
    operations,
    resolve: (reference) => document.components.schemas[nameOf(reference)],
    readerOf: (resource) =>
      operations.find(
        ({ method, path, answers }) =>
          method === 'GET' &&
          /\/\{\w+\}$/.test(path) &&
          answers.get(200)?.resources[0] === resource,
      )?.path,
  };
}

function operation(ajv: Ajv2020, method: string, path: string, raw: RawOperation): Operation {
  const answers = Object.entries(raw.responses).map(
    ([status, answer]) => [Number(status), answerOf(ajv, answer)] as const,
  );
  const contents = Object.entries(raw.requestBody?.content ?? {});
  return {
    method: method.toUpperCase(),
    path,
    parameters: raw.parameters ?? [],
    bodies: contents.map(([type, { schema }]) => [type, schema] as const),
    answers: new Map(answers),
    endless: 'text/event-stream' in (raw.responses['200']?.content ?? {}),
  };
}

function answerOf(ajv: Ajv2020, { content = {} }: Content): Answer {
  const [first] = Object.entries(content);
  const types = Object.keys(content);
  if (first === undefined) return { types, resources: [], validate: null };
  const { schema } = first[1];
  return { types, resources: resourcesIn(schema), validate: ajv.compile(absolute(schema)) };
}

const resourcesIn = ({ $ref, anyOf }: JsonSchema): string[] =>
  typeof $ref === 'string'
    ? [nameOf($ref)]
    : ((anyOf as readonly JsonSchema[] | undefined) ?? []).flatMap(resourcesIn);

const nameOf = (reference: string): string => reference.slice(reference.lastIndexOf('/') + 1);

/** Schemas compiled outside of the document refer to it by its name. */
const absolute = (schema: JsonSchema): JsonSchema =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', `"${base}#/components/`));
