import { z } from 'zod';
import { answerEnvelope, propertiesOf } from '../bloodbank/envelope-out.ts';
import { planePrefix, type QueueSpec } from '../bloodbank/topology.ts';
import { commandNames } from '../commands/definitions.ts';
import type { JsonObject } from '../events/event-store.ts';
import {
  type AnswerContract,
  planeAnswerContracts,
  v2AnswerContracts,
} from './answer-contracts.ts';
import { replyOperation } from './asyncapi-commands.ts';
import {
  bindingVersion,
  channelRef,
  messageRef,
  type Part,
  partsTogether,
  payloadOf,
  routingKeyBinding,
} from './asyncapi-part.ts';
import { commandFields } from './command-contracts.ts';
import { exampleOf } from './example.ts';
import { jsonSchemaOf } from './json-schema.ts';

const planeChannel = 'command.imi';

/** The command plane, and what is answered there and under the keys of v2. */
export const answerParts = (exchange: string, queue: QueueSpec): Part =>
  partsTogether([
    planePart(exchange, queue),
    ...planeAnswerContracts.map((contract) =>
      partOf(contract, exchange, { parameters: actionParameter }),
    ),
    ...v2AnswerContracts.map((contract) => partOf(contract, exchange)),
  ]);

const actionParameter = { action: { description: 'Name of a command', enum: commandNames } };

const command = z.record(z.string(), z.unknown()).meta({
  description: 'The command: what `imi.cmd.<action>` takes',
  examples: [{ project_id: '7b0e8a52-6f0c-5d6e-9d43-52f0a6c0b7ce' }],
});
const fields = commandFields(command, 'deactivate_project');
const time = z.iso.datetime({ offset: true }).optional();
const envelope = { event_type: z.literal('command.envelope'), timestamp: time };
const planeEnvelopes = {
  wrapped: z.object({ ...envelope, payload: z.object(fields) }),
  top_level: z.object({ ...envelope, ...fields }),
};

const planePart = (exchange: string, queue: QueueSpec): Part => ({
  channels: {
    [planeChannel]: {
      address: `${planePrefix}{action}`,
      description: `Taken into the queue \`${queue.name}\`, whatever \`target_agent\` says. The action is the last word of the key: a body that names another is refused.`,
      parameters: actionParameter,
      messages: { command: messageRef(planeChannel) },
      bindings: routingKeyBinding(exchange),
    },
  },
  operations: { [`receive.${planeChannel}`]: replyOperation(planeChannel) },
  components: {
    messages: {
      [planeChannel]: {
        name: planeChannel,
        title: 'Command of the command plane',
        description:
          'Its own envelope, with its fields in the payload or at top level; the others of `imi.cmd.*` are taken as well.',
        payload: payloadOf(z.union(Object.values(planeEnvelopes))),
        examples: Object.entries(planeEnvelopes).map(([name, schema]) => ({
          name,
          payload: exampleOf(jsonSchemaOf(schema)),
        })),
      },
    },
  },
});

function partOf(
  { address, message }: AnswerContract,
  exchange: string,
  more: JsonObject = {},
): Part {
  // A key is also that of an event when an answer goes by its name.
  const channel = address.replace('{action}.', '');
  const name = `answer.${channel}`;
  const example = exampleOf(jsonSchemaOf(message));
  const { persistent, contentType, contentEncoding } = propertiesOf(answerEnvelope.parse(example));
  return {
    channels: {
      [channel]: {
        address,
        messages: { answer: messageRef(name) },
        bindings: routingKeyBinding(exchange),
        ...more,
      },
    },
    operations: {
      [`send.${name}`]: {
        action: 'send',
        channel: channelRef(channel),
        messages: [{ $ref: `#/channels/${channel}/messages/answer` }],
        bindings: { amqp: { deliveryMode: persistent ? 2 : 1, mandatory: false, bindingVersion } },
      },
    },
    components: {
      messages: {
        [name]: {
          name,
          title: `Answer under ${address}`,
          description:
            'The `causation_id` is the id of the command. Sent at least once, always under the same `event_id`; it has no `position`.',
          contentType,
          correlationId: { location: '$message.payload#/correlation_id' },
          payload: payloadOf(message),
          bindings: { amqp: { contentEncoding, bindingVersion } },
          examples: [{ name: 'answer', payload: example }],
        },
      },
    },
  };
}
