import { z } from 'zod';
import type { EnvelopeShape } from '../bloodbank/envelope-in.ts';
import type { QueueSpec } from '../bloodbank/topology.ts';
import { commandReply } from '../commands/command-reply.ts';
import type { JsonObject } from '../events/event-store.ts';
import {
  bindingVersion,
  channelRef,
  messageRef,
  type Part,
  partsTogether,
  payloadOf,
  routingKeyBinding,
} from './asyncapi-part.ts';
import { type CommandContract, commandContracts, commandExample } from './command-contracts.ts';
import { exampleOf } from './example.ts';
import { jsonSchemaOf } from './json-schema.ts';

const replyChannel = 'reply';
const replyMessage = 'imi.reply';

/** A channel and a receive operation for each command, and the channel that answers go to. */
export const commandParts = (exchange: string, queue: QueueSpec): Part =>
  partsTogether([
    ...commandContracts.map((contract) => partOf(contract, exchange, queue)),
    replyPart(),
  ]);

function partOf(contract: CommandContract, exchange: string, queue: QueueSpec): Part {
  const { key, envelopes } = contract;
  const shapes = Object.keys(envelopes) as EnvelopeShape[];
  const exchanges = queue.bindings.filter((binding) => binding.key === key);
  return {
    channels: {
      [key]: {
        address: key,
        description: `Taken from ${exchanges.map((binding) => `\`${binding.exchange}\``).join(' and ')} into the queue \`${queue.name}\`.`,
        messages: { command: messageRef(key) },
        bindings: routingKeyBinding(exchange),
      },
    },
    operations: {
      [`receive.${key}`]: replyOperation(key),
    },
    components: {
      messages: {
        [key]: {
          name: key,
          title: key,
          description: `In any of ${shapes.length} envelopes; unknown fields are passed over.`,
          payload: payloadOf(z.union(Object.values(envelopes))),
          examples: shapes.map((name) => ({ name, payload: commandExample(contract, name) })),
        },
      },
    },
  };
}

/** Takes commands from a channel, and answers to `reply_to`. */
export const replyOperation = (channel: string): JsonObject => ({
  action: 'receive',
  channel: channelRef(channel),
  bindings: { amqp: { ack: true, bindingVersion } },
  reply: {
    address: {
      location: '$message.header#/reply_to',
      description: 'The AMQP property `reply_to`; without it there is no reply',
    },
    channel: channelRef(replyChannel),
  },
});

const replyPart = (): Part => ({
  channels: {
    [replyChannel]: { address: null, messages: { reply: messageRef(replyMessage) } },
  },
  operations: {},
  components: {
    messages: {
      [replyMessage]: {
        name: replyMessage,
        title: 'Outcome of a command',
        description: 'Carries the AMQP `correlation_id` of the command.',
        payload: payloadOf(commandReply),
        examples: [{ name: 'accepted', payload: exampleOf(jsonSchemaOf(commandReply)) }],
      },
    },
  },
});
