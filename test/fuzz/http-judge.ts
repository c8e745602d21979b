import { errorBody } from '../../src/http/schemas/error.ts';
import type { HttpAnswer, HttpCase } from './http-client.ts';
import type { Operation } from './operations.ts';
import { leaksIn } from './secrets.ts';

/**
 * What is refused before any operation is found: a path or headers that are too long, expectations,
 * and what is not HTTP, after which the connection is closed.
 */
const isOfTransport = ({ status, headers }: HttpAnswer): boolean =>
  [414, 417, 431].includes(status) || (status === 400 && headers.connection === 'close');

/** What is wrong with an answer; nothing, when it is as the document and the rules of errors have it. */
export function faultsOf(operation: Operation, { path }: HttpCase, answer: HttpAnswer): string[] {
  const { status, type, text, headers } = answer;
  const faults: string[] = [];
  if (status >= 500) faults.push(`answers ${status}`);
  const documented = operation.answers.get(status);
  if (!documented && !isOfTransport(answer)) faults.push(`does not document ${status}`);
  if (!headers['x-correlation-id'] && !isOfTransport(answer)) faults.push('no correlation id');
  if (documented && text !== '' && !documented.types.includes(type)) {
    faults.push(`documents ${documented.types} for ${status} and answers ${type}`);
  }
  const body = type === 'application/json' ? parsed(text) : undefined;
  const validate = documented?.validate;
  if (validate ? body !== undefined && !validate(body) : !errorBody.safeParse(body).success) {
    const [error] = validate?.errors ?? [];
    if (validate) faults.push(`not as documented: ${error?.instancePath} ${error?.message}`);
    else if (status >= 400) faults.push('the error is not a coded one');
  }
  if (status >= 400 && body === undefined) faults.push('the error is not JSON');
  if (status >= 400) faults.push(...leaksIn(text).map((leak) => `the error shows: ${leak}`));
  // A trace names what it was asked for.
  const asked = decoded(path);
  const told = status < 300 ? leaksIn(text, ['hidden']).filter((leak) => !isOf(asked, leak)) : [];
  return [...faults, ...told.map((leak) => `the answer shows a secret: ${leak}`)];
}

const isOf = (asked: string, leak: string): boolean =>
  (leak.match(/PLANTED\d{9}/gi) ?? []).every((mark) => asked.includes(mark));

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
