import type { z } from 'zod';
import { exchangeType } from '../bloodbank/topology.ts';
import type { JsonObject } from '../events/event-store.ts';
import { type JsonSchema, jsonSchemaOf } from './json-schema.ts';

/** Channels, operations and messages of an AsyncAPI document that belong together. */
export interface Part {
  readonly channels: JsonObject;
  readonly operations: JsonObject;
  readonly components: { readonly messages: JsonObject };
}

/** One part out of many, without their repetitions; a channel of several has the messages of all. */
export const partsTogether = (parts: readonly Part[]): Part => ({
  channels: parts.map(({ channels }) => channels).reduce(channelsTogether, {}),
  operations: Object.assign({}, ...parts.map(({ operations }) => operations)),
  components: {
    messages: Object.assign({}, ...parts.map(({ components }) => components.messages)),
  },
});

function channelsTogether(some: JsonObject, more: JsonObject): JsonObject {
  const merged: Record<string, unknown> = { ...some };
  for (const [name, channel] of Object.entries(more) as [string, JsonObject][]) {
    const before = merged[name] as JsonObject | undefined;
    const messages = { ...(before?.messages as object), ...(channel.messages as object) };
    merged[name] = { ...before, ...channel, ...(channel.messages ? { messages } : {}) };
  }
  return merged;
}

/** Version of the amqp bindings of AsyncAPI that is written. */
export const bindingVersion = '0.3.0';

/** A channel that is a routing key of an exchange. */
export const routingKeyBinding = (exchange: string): JsonObject => ({
  amqp: {
    is: 'routingKey',
    exchange: { name: exchange, type: exchangeType, durable: true, autoDelete: false, vhost: '/' },
    bindingVersion,
  },
});

/** A channel that is a queue. */
export const queueBinding = (name: string): JsonObject => ({
  amqp: {
    is: 'queue',
    queue: { name, durable: true, exclusive: false, autoDelete: false, vhost: '/' },
    bindingVersion,
  },
});

export const messageRef = (name: string): JsonObject => ({ $ref: `#/components/messages/${name}` });

export const channelRef = (name: string): JsonObject => ({ $ref: `#/channels/${name}` });

/** The payload of a message: AsyncAPI's own schema format is a superset of JSON Schema draft 7. */
export function payloadOf(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...payload } = jsonSchemaOf(schema, 'draft-7');
  return payload;
}
