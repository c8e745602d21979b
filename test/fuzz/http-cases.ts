import type { JsonSchema } from '../../src/contract/json-schema.ts';
import type { Dice } from './dice.ts';
import { fitting, type Ground } from './fitting.ts';
import { hostileText } from './hostile.ts';
import type { HttpCase } from './http-client.ts';
import { bodyBytes, mutated } from './mutate.ts';
import type { Operation, Parameter } from './operations.ts';
import { secret } from './secrets.ts';

/** Keys that the service was told of. */
export interface Keys {
  readonly write: string;
  readonly read: string;
}

const oddPaths: readonly string[] = [
  ...['%00', '%zz', '%ff', '%ED%A0%80', '..%2F..%2Fetc', '%2e%2e', '%F0%9F%92%A9', '%0d%0aX:%20y'],
  ...["'%20OR%201=1--", ';', '@', '*', '%25', 'x'.repeat(3000), 'x'.repeat(9000), '%E2%80%AE'],
];

const oddTypes: readonly string[] = [
  ...['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'nonsense', 'a/b; c'],
  ...['multipart/form-data; boundary=x', 'application/json; charset=utf-16', 'application/json;;'],
  ...['application/merge-patch+json', 'application/json; charset="UTF-8"', 'APPLICATION/JSON'],
];

/** A request for an operation: as documented, or with parts that are not. */
export function httpCase(
  operation: Operation,
  ground: Ground,
  keys: Keys,
  isTame: boolean,
): HttpCase {
  const { dice } = ground;
  const odd = isTame ? 0 : 0.12;
  const { method, parameters } = operation;
  const at = (place: Parameter['in']) => parameters.filter((each) => each.in === place);
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    pathValue(operation.path, name, at('path'), ground, odd),
  );
  const query = queryFor(at('query'), ground, odd);
  const { headers: bodyHeaders, body } = bodyFor(operation, ground, isTame);
  return {
    method,
    path: query === '' ? path : `${path}?${query}`,
    headers: {
      ...bodyHeaders,
      ...headersFor(at('header'), ground, odd),
      ...authFor(dice, keys, odd),
    },
    ...(body && { body }),
  };
}

function pathValue(
  path: string,
  name: string,
  parameters: readonly Parameter[],
  ground: Ground,
  odd: number,
): string {
  const { dice, pool } = ground;
  if (dice.chance(odd)) return dice.pick(oddPaths);
  if (dice.chance(odd / 3)) return encodeURIComponent(secret(dice, 'hidden'));
  // What an id is the id of stands before it in the path.
  const before = path.slice(0, path.indexOf(`/{${name}}`));
  const known = pool.pick(before, dice) ?? pool.pick(name, dice);
  if (known !== undefined && dice.chance(0.85)) return encodeURIComponent(known);
  const schema = parameters.find((each) => each.name === name)?.schema ?? {};
  return encodeURIComponent(String(fitting(schema, name, ground)));
}

function queryFor(parameters: readonly Parameter[], ground: Ground, odd: number): string {
  const { dice } = ground;
  const query = new URLSearchParams();
  for (const { name, required, schema } of parameters) {
    if (!required && !dice.chance(name === 'dry_run' ? 0.1 : 0.3)) continue;
    if (required && dice.chance(odd / 2)) continue;
    for (const value of [queryValue(name, schema, ground)].flat()) {
      query.append(name, dice.chance(odd) ? hostileText(dice) : String(value));
    }
    if (dice.chance(odd / 2)) query.append(name, 'twice');
  }
  if (dice.chance(odd)) query.append(dice.pick(['x', '__proto__', '']), secret(dice, 'hidden'));
  return dice.chance(odd / 3) ? `${query}&${dice.pick(oddPaths)}=%zz&&=` : String(query);
}

/** A position beyond the last one is waited for; what that answers is tested elsewhere. */
const isPlace = (name: string): boolean => /^(imi-)?after$|^before$|^last-event-id$/.test(name);

const queryValue = (name: string, schema: JsonSchema, ground: Ground): unknown =>
  isPlace(name)
    ? (ground.pool.pick('position', ground.dice) ?? 0)
    : name === 'metadata'
      ? JSON.stringify({ note: 'ordinary' })
      : fitting(schema, name, ground);

const oddHeaders: { readonly [name: string]: readonly string[] } = {
  'if-match': ['"0"', '*', 'W/"1"', '"99999999999"', '1, 2', '""', '-1'],
  'if-none-match': ['"0"', '*', 'W/"1", "2"', ',,,'],
  'idempotency-key': ['same', ' ', 'é', 'x'.repeat(256), '00000000-0000-0000-0000-000000000000'],
  prefer: ['respond-async', 'RESPOND-ASYNC; wait=1', ';;,', 'return=minimal'],
  'x-correlation-id': ['corr-1', 'x'.repeat(300), '{}', 'é'],
  'imi-after': ['-1', '1e3', '99999999999999999999', 'latest', '0x1'],
  accept: ['*/*', 'text/html', 'application/xml;q=0', 'nonsense'],
  'accept-encoding': ['gzip', 'br;q=0', '*'],
  expect: ['200-ok'],
  'transfer-encoding': ['identity'],
  origin: ['https://evil.example', 'null'],
  range: ['bytes=0-1'],
  'x-forwarded-for': ['127.0.0.1, 10.0.0.1'],
  'x-http-method-override': ['DELETE'],
};

function headersFor(
  parameters: readonly Parameter[],
  ground: Ground,
  odd: number,
): { readonly [name: string]: string } {
  const { dice } = ground;
  const headers: { [name: string]: string } = {};
  for (const { name, schema } of parameters) {
    if (dice.chance(0.15)) headers[name] = headerText(String(queryValue(name, schema, ground)));
  }
  if (dice.chance(odd * 3)) {
    const name = dice.pick(Object.keys(oddHeaders));
    headers[name] = headerText(dice.pick(oddHeaders[name] ?? []));
  }
  if (dice.chance(odd)) headers['x-stray'] = headerText(secret(dice, 'hidden'));
  if (dice.chance(odd)) headers['idempotency-key'] = headerText(secret(dice, 'hidden'));
  if (dice.chance(odd / 2)) headers['x-correlation-id'] = headerText(secret(dice, 'hidden'));
  if (dice.chance(odd / 4)) headers['x-large'] = 'x'.repeat(dice.pick([8000, 20_000]));
  return headers;
}

/** Node would not send other characters. */
const headerText = (text: string): string => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, ' ');

function authFor(
  dice: Dice,
  { write, read }: Keys,
  odd: number,
): { readonly [name: string]: string } {
  if (!dice.chance(odd)) return { authorization: `Bearer ${write}` };
  return dice.pick<{ readonly [name: string]: string }>([
    {},
    { authorization: `Bearer ${read}` },
    { 'x-api-key': write },
    { 'x-api-key': headerText(secret(dice, 'hidden')) },
    { authorization: headerText(secret(dice, 'hidden')) },
    { authorization: 'Bearer ' },
    { authorization: `Basic ${'x'.repeat(4000)}` },
  ]);
}

function bodyFor(
  { bodies, method }: Operation,
  ground: Ground,
  isTame: boolean,
): { readonly headers: { readonly [name: string]: string }; readonly body?: Buffer } {
  const { dice } = ground;
  if (bodies.length === 0) {
    if (isTame || !dice.chance(0.15) || method === 'GET') return { headers: {} };
    return { headers: { 'content-type': 'application/json' }, body: bodyBytes({}, dice, 0.3) };
  }
  const [type, schema] = dice.pick(bodies);
  const value = fitting(schema, 'toml', ground);
  if (!type.includes('json')) {
    return { headers: { 'content-type': type }, body: Buffer.from(String(value)) };
  }
  if (isTame) return { headers: { 'content-type': type }, body: bodyBytes(value, dice, 0) };
  const said = dice.chance(0.1) ? dice.pick(oddTypes) : type;
  return {
    headers: {
      'content-type': said,
      ...(dice.chance(0.03) && { 'content-encoding': dice.pick(['gzip', 'br', 'identity', 'x']) }),
    },
    body: bodyBytes(dice.chance(0.8) ? mutated(value, dice) : value, dice, 0.2),
  };
}
