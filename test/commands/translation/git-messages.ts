import { readFileSync } from 'node:fs';
import { type InboundMessage, readEnvelope } from '../../../src/bloodbank/envelope-in.ts';
import { translateGit } from '../../../src/commands/translation/git.ts';
import type { Observation, Seen } from '../../../src/commands/translation/observation.ts';
import type { Translation } from '../../../src/commands/translation/translation.ts';
import type { JsonObject } from '../../../src/events/event-store.ts';

export const first = '2a1b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d';
export const second = '3b2c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e';
export const noCommit = '0'.repeat(40);
export const widget = 'git@github.com:Acme/Widget.git';

/** A webhook of GitHub with the fields that its documentation gives, by the name of its file. */
export const githubBody = (name: string): JsonObject =>
  JSON.parse(
    readFileSync(new URL(`../../vendor-bodies/github/${name}.json`, import.meta.url), 'utf8'),
  );

/** A body with some fields of one of its parts, at any depth, given other values. */
export function withPart(
  body: JsonObject,
  part: readonly string[],
  fields: JsonObject,
): JsonObject {
  const [name, ...rest] = part;
  if (name === undefined) return { ...body, ...fields };
  return { ...body, [name]: withPart(body[name] as JsonObject, rest, fields) };
}

export const messageOf = (body: unknown, routingKey = 'git.push'): InboundMessage =>
  readEnvelope({
    body: Buffer.from(JSON.stringify(body)),
    routingKey,
    exchange: 'bloodbank.events.v1',
  });

export const translate = (body: unknown, key?: string): Translation =>
  translateGit(messageOf(body, key));

export function observe(body: unknown, key?: string): Observation {
  const translation = translate(body, key);
  if (translation.kind !== 'observation') throw new Error(JSON.stringify(translation));
  return translation.observation;
}

/** What was seen, when it is of this kind. */
export function seen<K extends Seen['kind']>(
  kind: K,
  body: unknown,
  key?: string,
): Extract<Seen, { readonly kind: K }> {
  const { what } = observe(body, key);
  if (what.kind !== kind) throw new Error(`seen is ${what.kind}`);
  return what as Extract<Seen, { readonly kind: K }>;
}
