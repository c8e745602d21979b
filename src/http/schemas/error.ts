import { z } from 'zod';
import { errorCodes } from '../../errors.ts';

export const errorBody = z
  .object({
    detail: z.object({
      code: z.enum(errorCodes),
      message: z.string(),
      params: z.record(z.string(), z.unknown()),
    }),
  })
  .meta({
    id: 'Error',
    description: 'What went wrong, as a code for programs and a sentence for people',
    examples: [
      {
        detail: {
          code: 'NOT_FOUND',
          message: 'Project not found',
          params: { project_id: '3f0e6d1c-1a5b-5d8e-9d8b-6f2f0f1d2c3b' },
        },
      },
    ],
  });

type ErrorStatus = 400 | 401 | 403 | 404 | 409 | 412 | 413 | 415 | 429 | 500 | 503;

const always = [400, 401, 403, 429, 500, 503] as const;

/** The error answers of a route, those every route can give included, for its response schemas. */
export const errorResponses = <Status extends ErrorStatus = never>(
  ...more: readonly Status[]
): { readonly [status in (typeof always)[number] | Status]: typeof errorBody } =>
  Object.fromEntries([...always, ...more].map((status) => [status, errorBody])) as never;
