import type { BloodbankConnection } from './connection.ts';
import type { QueueSpec } from './topology.ts';

/** How many messages wait in a queue for a consumer; those in the hands of one are not counted. */
export interface QueueDepth {
  readonly queue: string;
  readonly messages: number;
}

/**
 * Counts what waits in the queues and in their dead-letter queues. A queue that was not declared yet
 * is left out. Throws when the broker is away, and when the signal aborts before it answers.
 */
export async function readQueueDepths(
  connection: BloodbankConnection,
  queues: readonly QueueSpec[],
  signal: AbortSignal,
): Promise<readonly QueueDepth[]> {
  const model = await connection.model(signal);
  const names = queues.flatMap(({ name, deadLetterQueue }) => [name, deadLetterQueue]);
  const depths = await Promise.all(
    names.map(async (queue): Promise<readonly QueueDepth[]> => {
      // A channel for each: asking for a queue that is not there ends the channel.
      const channel = await model.createChannel();
      channel.on('error', () => undefined);
      try {
        const { messageCount } = await channel.checkQueue(queue);
        await channel.close();
        return [{ queue, messages: messageCount }];
      } catch (error) {
        if ((error as { code?: unknown }).code === notFound) return [];
        throw error;
      }
    }),
  );
  return depths.flat();
}

const notFound = 404;
