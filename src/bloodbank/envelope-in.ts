import type { JsonObject } from '../events/event-store.ts';
import { isStorableTime } from '../storable-time.ts';
import type { Delivery } from './delivery.ts';
import { type BodyLimits, defaultBodyLimits, isObject, parseJsonBody } from './json-body.ts';
import { MalformedMessageError } from './malformed.ts';
import { causationIdOf, commandIdOf, correlationIdOf, namedIdOf } from './message-ids.ts';

export type EnvelopeShape = 'command' | 'flume' | 'event_envelope' | 'v2' | 'bare';

/** A message of the ecosystem, whichever envelope it came in. */
export interface InboundMessage {
  readonly shape: EnvelopeShape;
  /** What the message says it is; the routing key when it does not say. */
  readonly type: string;
  readonly payload: JsonObject;
  readonly commandId: string;
  /** The command id as the sender wrote it, when it was not a UUID. */
  readonly originalId?: string;
  /** What the sender wrote as `command_id`, by which it knows the answers; an idempotency key goes before it. */
  readonly namedId?: string;
  /** Trace root. */
  readonly correlationId: string;
  readonly originalCorrelationId?: string;
  /** What caused the message, when the sender says so. */
  readonly causationId?: string;
  readonly actor: string;
  readonly source: { readonly host: string; readonly type: string; readonly app: string };
  /** RFC 3339 UTC, when the sender gave a readable time. */
  readonly timestamp?: string;
  /** Command plane: what is to be done, and how long that is worth doing. */
  readonly action?: string;
  readonly ttlMs?: number;
}

/**
 * The one reader of every envelope the ecosystem sends (spec/bloodbank.md, "Envelopes we accept").
 * The body is authoritative, message properties are hints, unknown fields are tolerated. Pure: the
 * same delivery gives the same answer. Throws `MalformedMessageError` for what cannot be read.
 */
export function readEnvelope(
  delivery: Delivery,
  limits: BodyLimits = defaultBodyLimits,
): InboundMessage {
  const body = parseJsonBody(delivery.body, limits);
  const { shape, type, fields, payload } = unwrap(body);
  const command = commandIdOf(delivery, body, fields);
  const named = namedIdOf(body, fields);
  const correlation = correlationIdOf(delivery, body, command.id);
  const causationId = causationIdOf(body);
  const source = sourceOf(shape === 'bare' ? withoutOwnSource(body) : body, delivery);
  const timestamp = timeOf(body.timestamp);
  const { action, ttl_ms: ttl } = shape === 'command' ? fields : {};
  return {
    shape,
    type: type ?? delivery.routingKey,
    payload,
    commandId: command.id,
    ...(command.original !== undefined && { originalId: command.original }),
    ...(named !== undefined && { namedId: named }),
    correlationId: correlation.id,
    ...(correlation.original !== undefined && { originalCorrelationId: correlation.original }),
    ...(causationId !== undefined && { causationId }),
    actor: actorOf(body, fields, source.app),
    source,
    ...(timestamp !== undefined && { timestamp }),
    ...(text(action) !== undefined && { action: text(action) as string }),
    ...(typeof ttl === 'number' && ttl >= 0 && { ttlMs: ttl }),
  };
}

interface Unwrapped {
  readonly shape: EnvelopeShape;
  readonly type: string | undefined;
  /** Where the command's own fields (ids, issuer, time to live) may stand, besides the top level. */
  readonly fields: JsonObject;
  readonly payload: JsonObject;
}

function unwrap(body: JsonObject): Unwrapped {
  const type = text(body.event_type);
  const inner = isObject(body.payload) ? body.payload : body;
  if (type === 'command.envelope' || 'command_payload' in inner) {
    return {
      shape: 'command',
      // The envelope's own name says nothing; the routing key tells the command.
      type: type === 'command.envelope' ? undefined : type,
      fields: inner,
      payload: objectAt(inner, 'command_payload', {}),
    };
  }
  if (isFlume(body)) {
    const data = objectAt(body, 'data');
    return { shape: 'flume', type: text(body.event), fields: data, payload: data };
  }
  if ('payload' in body && namesItself(body)) {
    const payload = objectAt(body, 'payload');
    const shape = text(body.event_id) && isObject(body.source) ? 'event_envelope' : 'v2';
    return { shape, type, fields: payload, payload };
  }
  if (type !== undefined && text(body.event_id)) {
    throw new MalformedMessageError('payload_missing', 'the envelope has no payload');
  }
  return { shape: 'bare', type, fields: body, payload: body };
}

/** Plane's webhooks have `event` and `data` too, but none of Flume's addressing. */
const isFlume = (body: JsonObject): boolean =>
  text(body.event) !== undefined &&
  'data' in body &&
  !('payload' in body) &&
  ['routingKey', 'correlationId', 'exchange'].some((name) => text(body[name]) !== undefined);

const namesItself = (body: JsonObject): boolean =>
  ['event_type', 'event_id', 'correlation_id', 'correlation_ids', 'source'].some(
    (name) => name in body,
  );

function objectAt(holder: JsonObject, name: string, absent?: JsonObject): JsonObject {
  const value = holder[name] ?? absent;
  if (!isObject(value)) {
    throw new MalformedMessageError('payload_not_object', `${name} is not an object`);
  }
  return value;
}

const unknown = 'unknown';

/** In a bare command an object `source` is the command's own field (start_work's), not the sender. */
function withoutOwnSource({ source, ...rest }: JsonObject): JsonObject {
  return isObject(source) && !('host' in source) && !('app' in source) ? rest : { source, ...rest };
}

function sourceOf(body: JsonObject, delivery: Delivery): InboundMessage['source'] {
  const { source } = body;
  if (isObject(source)) {
    return {
      host: text(source.host) ?? unknown,
      type: text(source.type) ?? 'service',
      app: text(source.app) ?? text(body.producer) ?? delivery.appId ?? unknown,
    };
  }
  return {
    host: unknown,
    type: 'service',
    app: text(source) ?? text(body.producer) ?? delivery.appId ?? unknown,
  };
}

function actorOf(body: JsonObject, fields: JsonObject, app: string): string {
  const agent = isObject(body.agent_context) ? body.agent_context : {};
  return (
    text(fields.issued_by) ??
    text(body.issued_by) ??
    text(agent.name) ??
    text(agent.agent_id) ??
    text(agent.instance_id) ??
    text(body.agent_id) ??
    app
  );
}

const maxTextLength = 200;

/** A name as metadata shows it: trimmed, of bounded length; undefined when there is none. */
function text(value: unknown): string | undefined {
  const trimmed = typeof value === 'string' ? value.trim().slice(0, maxTextLength) : '';
  return trimmed === '' ? undefined : trimmed;
}

function timeOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const time = new Date(value);
  return isStorableTime(time) ? time.toISOString() : undefined;
}
