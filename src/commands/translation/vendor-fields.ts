import { isObject } from '../../bloodbank/json-body.ts';
import { MalformedMessageError } from '../../bloodbank/malformed.ts';
import type { JsonObject } from '../../events/event-store.ts';
import { uuid } from '../fields.ts';

/**
 * A vendor's text as a command may carry it: without what no store can hold, trimmed, cut to a
 * length. Undefined when nothing is left, or when it is no text.
 */
export function vendorText(value: unknown, max: number): string | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.slice(0, max).replaceAll('\0', '').toWellFormed().trim();
  return text === '' ? undefined : text;
}

/** A vendor's time in UTC; undefined when it cannot be read as one. */
export function vendorTime(value: unknown): string | undefined {
  const time = typeof value === 'string' ? new Date(value) : undefined;
  const inReach = time !== undefined && time.getUTCFullYear() > 0 && time.getUTCFullYear() < 10_000;
  return inReach ? time.toISOString() : undefined;
}

/** An http address of a length that a command may carry; user and password are left out. */
export function vendorUrl(value: unknown): string | undefined {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  url.username = '';
  url.password = '';
  return url.href.length <= 2000 ? url.href : undefined;
}

/** An id that may be given by itself or as the object that has it. */
export function vendorUuid(value: unknown): string | undefined {
  const { data } = uuid.safeParse(isObject(value) ? value.id : value);
  return data;
}

/** The id without which an event is about nothing; throws when it is missing or of another form. */
export function requiredUuid(holder: JsonObject, name: string): string {
  const id = vendorUuid(holder[name]);
  if (id === undefined) throw new MalformedMessageError('bad_event', `${name} is not a UUID`);
  return id;
}

/** The first of several spellings of a field that says anything. */
export const firstOf = (holder: JsonObject, names: readonly string[]): unknown =>
  names.map((name) => holder[name]).find((value) => value != null && value !== '');

/** What is defined of an object: a command leaves out what was not said. */
export const given = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
