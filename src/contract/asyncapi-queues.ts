import type { QueueType } from '../bloodbank/declare.ts';
import { deathHeaders } from '../bloodbank/delivery.ts';
import type { QueueSpec } from '../bloodbank/topology.ts';
import {
  bindingVersion,
  channelRef,
  messageRef,
  type Part,
  partsTogether,
  queueBinding,
} from './asyncapi-part.ts';

const deadLetter = 'imi.dead_letter';
const foreign = 'imi.foreign_event';

/** A queue of what others tell, with all its bindings, and where its dead letters go. */
export function eventQueueParts(queue: QueueSpec, queueType: QueueType): Part {
  const messages = { [queue.name]: { messages: { event: messageRef(foreign) } } };
  const operation = {
    action: 'receive',
    channel: channelRef(queue.name),
    bindings: { amqp: { ack: true, bindingVersion } },
  };
  return partsTogether([
    queueParts(queue, queueType),
    {
      channels: messages,
      operations: { [`receive.${queue.name}`]: operation },
      components: {
        messages: {
          [foreign]: {
            name: foreign,
            title: 'What others tell',
            description:
              'A message of another service, in any envelope, or the body that a vendor sends: read by its shape, acknowledged and passed over when it asks nothing of iMi.',
            payload: { type: 'object' },
          },
        },
      },
    },
  ]);
}

/** A queue with all its bindings, and where its dead letters go. */
export const queueParts = (queue: QueueSpec, queueType: QueueType): Part => ({
  channels: {
    [queue.name]: {
      address: queue.name,
      description: `A ${queueType} queue of iMi's own. It is bound to the keys in \`x-imi-bindings\`; its dead letters go to \`${queue.deadLetterQueue}\`.`,
      bindings: queueBinding(queue.name),
      'x-imi-bindings': queue.bindings,
    },
    [queue.deadLetterQueue]: {
      address: queue.deadLetterQueue,
      description: `What \`${queue.name}\` set aside: messages that cannot be read, at once; messages that failed for another reason, after a few tries. Reached through the default exchange.`,
      messages: { dead_letter: messageRef(deadLetter) },
      bindings: queueBinding(queue.deadLetterQueue),
    },
  },
  operations: {
    [`send.${queue.deadLetterQueue}`]: {
      action: 'send',
      channel: channelRef(queue.deadLetterQueue),
    },
  },
  components: {
    messages: {
      [deadLetter]: {
        name: deadLetter,
        title: 'Dead letter',
        description:
          'The body as it came, readable or not. Headers say why it is here and where it came from, so that it can be replayed.',
        contentType: 'application/octet-stream',
        headers: {
          type: 'object',
          properties: Object.fromEntries(
            Object.values(deathHeaders).map((name) => [
              name,
              { type: name === deathHeaders.tries ? 'integer' : 'string' },
            ]),
          ),
        },
        payload: {},
      },
    },
  },
});
