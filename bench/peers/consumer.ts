import { connect } from 'amqplib';
import { KeyedQueue } from '../../src/commands/keyed-queue.ts';
import type { GitStateOf } from '../git-states.ts';

/** The database a peer is given; its connections, where it lets that be chosen, are as many as iMi's. */
export const databaseUrl = process.env.PEER_DATABASE_URL ?? '';
export const poolSize = 4;

/**
 * Consumes commands as iMi does: one after another for each work item, side by side for different
 * ones, each acknowledged when `handle` is done and answered if it asks to be.
 */
export async function consume(handle: (command: GitStateOf) => Promise<void>): Promise<void> {
  const { PEER_RABBITMQ_URL = '', PEER_EXCHANGE = '', PEER_PREFETCH } = process.env;
  const model = await connect(PEER_RABBITMQ_URL, { noDelay: true });
  const channel = await model.createChannel();
  await channel.assertExchange(PEER_EXCHANGE, 'topic', { durable: true });
  const queue = `${PEER_EXCHANGE}.commands`;
  await channel.assertQueue(queue, {
    durable: true,
    arguments: { 'x-queue-type': 'quorum' },
  });
  await channel.bindQueue(queue, PEER_EXCHANGE, 'imi.cmd.#');
  await channel.prefetch(Number(PEER_PREFETCH));
  const byWorkItem = new KeyedQueue();
  await channel.consume(queue, (message) => {
    if (message === null) return;
    const { payload } = JSON.parse(message.content.toString()) as { payload: GitStateOf };
    // A command that fails ends the process, and with it the bench.
    void byWorkItem
      .run(payload.work_item_id, () => handle(payload))
      .then(() => {
        const { replyTo, correlationId } = message.properties;
        if (replyTo) channel.sendToQueue(replyTo, accepted, { correlationId });
        channel.ack(message);
      });
  });
  process.stdout.write('ready\n');
}

const accepted = Buffer.from(JSON.stringify({ status: 'accepted', ids: {} }));
