import { createHash } from 'node:crypto';
import { NIL } from 'uuid';
import type { JsonObject } from '../events/event-store.ts';
import { toUuid } from '../events/ids.ts';
import type { Delivery } from './delivery.ts';
import { isObject } from './json-body.ts';
import { MalformedMessageError } from './malformed.ts';

/** An id as iMi uses it, and as the sender wrote it when that was not a UUID. */
export interface ForeignId {
  readonly id: string;
  readonly original?: string;
}

const maxIdLength = 512;

/**
 * The id of the command in a message: `idempotency_key ?? command_id ?? event_id ?? message_id ??
 * hash of (routing key, body)` (spec/bloodbank.md, "Envelopes we accept"). The fields may stand in
 * the payload or at top level. The same message read twice has the same id.
 */
export function commandIdOf(delivery: Delivery, body: JsonObject, fields: JsonObject): ForeignId {
  const given =
    idIn(fields, 'idempotency_key') ??
    idIn(body, 'idempotency_key') ??
    idIn(fields, 'command_id') ??
    idIn(body, 'command_id') ??
    idIn(body, 'event_id') ??
    within('message_id', delivery.messageId);
  if (given !== undefined) return asUuid(given);
  const hash = createHash('sha256')
    .update(JSON.stringify(delivery.routingKey))
    .update(delivery.body)
    .digest('hex');
  return { id: toUuid(`sha256:${hash}`) };
}

/** What the sender calls its command, as it wrote it; undefined when it does not name it. */
export const namedIdOf = (body: JsonObject, fields: JsonObject): string | undefined =>
  idIn(fields, 'command_id') ?? idIn(body, 'command_id');

/** The trace root: what the sender named, or the message itself, which then starts a trace. */
export function correlationIdOf(
  delivery: Delivery,
  body: JsonObject,
  commandId: string,
): ForeignId {
  const parents = Array.isArray(body.correlation_ids) ? body.correlation_ids : [];
  const given =
    idIn(body, 'correlation_id') ??
    idIn(body, 'correlationId') ??
    idIn({ 'correlation_ids[0]': parents[0] }, 'correlation_ids[0]') ??
    within('correlation_id', delivery.correlationId);
  return given === undefined ? { id: commandId } : asUuid(given);
}

/** What caused the message, when the sender says so. */
export function causationIdOf(body: JsonObject): string | undefined {
  const given = idIn(body, 'causation_id') ?? idIn(body, 'causationId');
  return given === undefined ? undefined : toUuid(given);
}

const asUuid = (given: string): ForeignId => {
  const id = toUuid(given);
  return id === given.toLowerCase() ? { id } : { id, original: given };
};

/**
 * Absent, null, empty and the UUID of all zeros, which some serialisers write for none, count as not
 * given; an id of another type is an error, not a new id.
 */
function idIn(holder: JsonObject, name: string): string | undefined {
  const value = Object.hasOwn(holder, name) ? holder[name] : undefined;
  if (value === undefined || value === null || value === '' || value === NIL) return undefined;
  if (typeof value === 'number') return within(name, String(value));
  if (typeof value !== 'string') {
    throw new MalformedMessageError(
      'bad_id',
      `${name} is ${isObject(value) ? 'an object' : 'not a string'}`,
    );
  }
  return within(name, value);
}

function within(name: string, id: string | undefined): string | undefined {
  if (id !== undefined && id.length > maxIdLength) {
    throw new MalformedMessageError('bad_id', `${name} is longer than ${maxIdLength} characters`);
  }
  return id;
}
