import { FakeAmqplib } from '@onify/fake-amqplib';
import type { ChannelModel } from 'amqplib';
import { adaptChannel, type FakeChannel } from './bus-channel.ts';

/** Behaviour that the fake tells apart ends at 3.x: a modern broker. */
const RABBITMQ_VERSION = '3.13';

const bus = new FakeAmqplib(RABBITMQ_VERSION);
const anchors = new Map<string, unknown>();

/**
 * Bloodbank in this process: what amqplib would connect to over the network, so that topology,
 * acknowledgements and dead letters run the same code. Connections with one name share one broker.
 *
 * Its queues live in memory: **messages that nobody has handled are gone when the process ends.**
 * Events are not: the event store has them, and the publisher goes on at its checkpoint. For
 * development, demos and tests; a real broker is named with IMI_RABBITMQ_URL.
 *
 * @param name which broker of this process
 * @returns a connection as amqplib's `connect` gives it. Not supported: stream queues, priorities,
 *   delivery limits, x-death headers, and 406 for a queue declared with other arguments
 */
export async function connectInProcessBus(name = 'bloodbank'): Promise<ChannelModel> {
  const url = `amqp://${name}.in-process`;
  // The fake forgets a broker with its last connection; a real one does not.
  if (!anchors.has(url)) anchors.set(url, bus.connectSync(url));
  const connection = bus.connectSync(url) as unknown as ChannelModel;
  const open = connection.createChannel.bind(connection) as unknown as () => Promise<FakeChannel>;
  return Object.assign(connection, {
    createChannel: async () => adaptChannel(await open()),
    // A confirm channel is a plain one that answers: the fake's own calls an unroutable mandatory
    // message a failure, where RabbitMQ returns it and confirms it.
    createConfirmChannel: async () => adaptChannel(await open()),
  }) as ChannelModel;
}
