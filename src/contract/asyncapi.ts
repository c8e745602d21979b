import type { QueueType } from '../bloodbank/declare.ts';
import { consumedQueues, topologyOf } from '../bloodbank/topology.ts';
import { commandNames } from '../commands/definitions.ts';
import type { JsonObject } from '../events/event-store.ts';
import { answerParts } from './asyncapi-answers.ts';
import { commandParts } from './asyncapi-commands.ts';
import { eventParts } from './asyncapi-events.ts';
import { type Part, partsTogether } from './asyncapi-part.ts';
import { eventQueueParts, queueParts } from './asyncapi-queues.ts';

export interface AsyncApiOptions {
  readonly version: string;
  readonly exchange: string;
  readonly queueType: QueueType;
  /** URL of the broker, of which only scheme and host are shown; undefined: the bus in process. */
  readonly brokerUrl: string | undefined;
}

const description = `Commands in and events out over RabbitMQ, all on one topic exchange.

**Events** are published in the order of the event store, at least once, as they were recorded. \`payload.previous_position\` is the \`position\` of the event published before: a consumer whose chain has no gap, once repetitions of an \`event_id\` are dropped, has missed nothing. Within a version of an event fields are added, never removed, retyped or made optional, and lists of values may grow: pass over what you do not know.

**Commands** have one outcome per id, however often they are sent: the events they cause, whose \`causation_id\` is the command's id, or \`imi.cmd.failed\`. With \`reply_to\` the sender gets the outcome as a message too. The id is the first of \`idempotency_key\`, \`command_id\`, \`event_id\`, the AMQP \`message_id\`, or else a hash of the message; an id that is no UUID is mapped to one.

On the **command plane** (\`command.imi.<action>\`) the same commands are answered on the exchange: \`.ack\` when the command is taken in hand, then \`.result\` or \`.error\`, all with the \`command_id\` as it was sent. A command whose \`ttl_ms\`, counted from the \`timestamp\` of its envelope, is over when it comes is not carried out, unless it was before. What cannot be read at all is set aside as a dead letter and not answered there.

The keys of **v2** (\`imi.project.register\`, \`imi.worktree.create\`, \`imi.worktree.merge\`) are answered by the domain events, by a \`…_failed\` when they are refused, and by a message with \`unchanged: true\` when nothing was new. That message has no \`position\`: it is no event of the history. With \`IMI_PUBLISH_V2_EVENTS\` events go out under their names of v2 as well (\`imi.worktree.created\`, \`merged\`, \`removed\`, \`git_state_updated\`, \`imi.git.state_synced\`, \`imi.activity.logged\`): each before the event it restates, which is its \`causation_id\`, and without a \`position\`.`;

export interface AsyncApiDocument extends Part {
  readonly asyncapi: string;
  readonly info: JsonObject;
  readonly defaultContentType: string;
  readonly servers: JsonObject;
}

/**
 * The AsyncAPI 3.0 document of what iMi sends and takes on Bloodbank, made of the schemas and the
 * topology that the service runs on.
 */
export function asyncApiOf(options: AsyncApiOptions): AsyncApiDocument {
  const { exchange, queues } = topologyOf(options.exchange, commandNames);
  const commands = queues['imi.commands'];
  return {
    asyncapi: '3.0.0',
    info: { title: 'iMi', version: options.version, description, license: { name: 'MIT' } },
    defaultContentType: 'application/json',
    servers: { bloodbank: serverOf(options.brokerUrl) },
    ...partsTogether([
      eventParts(exchange),
      commandParts(exchange, commands),
      answerParts(exchange, commands),
      queueParts(commands, options.queueType),
      ...consumedQueues
        .filter((name) => name !== commands.name)
        .map((name) => eventQueueParts(queues[name], options.queueType)),
    ]),
  };
}

function serverOf(brokerUrl: string | undefined): JsonObject {
  if (brokerUrl === undefined) {
    const embedded = 'The bus in process: no broker is configured, so nobody else can connect';
    return { host: 'localhost:5672', protocol: 'amqp', description: embedded };
  }
  const { host, protocol } = new URL(brokerUrl);
  return { host, protocol: protocol.replace(':', ''), description: 'RabbitMQ of the ecosystem' };
}
