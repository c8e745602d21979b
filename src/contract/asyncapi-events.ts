import { propertiesOf } from '../bloodbank/envelope-out.ts';
import {
  bindingVersion,
  channelRef,
  messageRef,
  type Part,
  partsTogether,
  payloadOf,
  routingKeyBinding,
} from './asyncapi-part.ts';
import { type EventContract, eventContracts, publishedExample } from './event-contracts.ts';

/** A channel and a send operation for each event that is published. */
export const eventParts = (exchange: string): Part =>
  partsTogether(eventContracts.map((contract) => partOf(contract, exchange)));

function partOf(contract: EventContract, exchange: string): Part {
  const { type, version, message } = contract;
  const example = publishedExample(contract);
  const { persistent, mandatory, contentType, contentEncoding } = propertiesOf(example);
  return {
    channels: {
      [type]: {
        address: type,
        messages: { event: messageRef(type) },
        bindings: routingKeyBinding(exchange),
      },
    },
    operations: {
      [`send.${type}`]: {
        action: 'send',
        channel: channelRef(type),
        bindings: { amqp: { deliveryMode: persistent ? 2 : 1, mandatory, bindingVersion } },
      },
    },
    components: {
      messages: {
        [type]: {
          name: type,
          title: type,
          description: `Version ${version}. The AMQP \`message_id\` is the \`event_id\`.`,
          contentType,
          correlationId: { location: '$message.payload#/correlation_id' },
          payload: payloadOf(message),
          bindings: { amqp: { contentEncoding, messageType: type, bindingVersion } },
          examples: [{ name: 'published', payload: example }],
        },
      },
    },
  };
}
