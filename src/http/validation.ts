import type { FastifySchemaCompiler, FastifyServerOptions } from 'fastify';
import type { z } from 'zod';
import { ImiError } from '../errors.ts';
import { serializerCompiler } from './serialization.ts';

const maxErrors = 20;
const maxPathLength = 200;

export type Location = 'body' | 'query' | 'params' | 'headers';

interface FieldError {
  readonly location: Location;
  readonly path: string;
  readonly message: string;
}

/** Checks requests with zod; the error names every bad field and where it stands, never its value. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> =
  ({ schema, httpPart }) =>
  (data) => {
    const parsed = schema.safeParse(data);
    if (parsed.success) return { value: parsed.data };
    return { error: invalidRequest(fieldErrors(locationOf(httpPart), parsed.error)) };
  };

/**
 * Has zod's schemas check what comes in and write what goes out. Given here, and not by Fastify's setters, since
 * Fastify would load its compilers of JSON Schemas before; their types are the only ones it knows.
 */
export const schemaController = {
  compilersFactory: {
    buildValidator: () => validatorCompiler,
    buildSerializer: () => serializerCompiler,
  },
} as unknown as NonNullable<FastifyServerOptions['schemaController']>;

/** The refusal of a request by its bad fields. */
export function invalidRequest(errors: readonly FieldError[]): ImiError {
  const shown = errors.slice(0, 3).map(({ location, path, message }) => {
    return `${[location, path].filter((part) => part !== '').join('.')}: ${message}`;
  });
  return new ImiError('VALIDATION_ERROR', `The request is not valid: ${shown.join('; ')}`, {
    errors,
  });
}

const locationOf = (httpPart: string | undefined): Location =>
  httpPart === 'querystring' ? 'query' : ((httpPart ?? 'body') as Location);

function fieldErrors(location: Location, error: z.ZodError): FieldError[] {
  return error.issues
    .flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => ({ path: [...issue.path, key], message: 'is not known here' }))
        : [{ path: issue.path, message: issue.message }],
    )
    .slice(0, maxErrors)
    .map(({ path, message }) => ({
      location,
      path: path.map(String).join('.').slice(0, maxPathLength),
      message,
    }));
}
