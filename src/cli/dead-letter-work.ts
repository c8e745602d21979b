import { amqpConnector } from '../bloodbank/connection.ts';
import type { DeadLetter } from '../bloodbank/dead-letter-record.ts';
import {
  type Broker,
  type DeadLetterBody,
  type DeadLetterSummary,
  type DeadLetterWork,
  drop as dropFrom,
  inspect,
  replay as replayFrom,
  summarise,
} from '../bloodbank/dead-letters.ts';
import { consumedQueues, type QueueName, topologyOf } from '../bloodbank/topology.ts';
import { ConfigError, readConfig } from '../config.ts';
import { AwayError } from './failure.ts';
import { progressOf } from './progress.ts';

/** Which dead letters an operator means; all of them when neither id nor code is given. */
export interface Selection {
  /** One queue; every queue when absent. */
  readonly queue?: QueueName;
  readonly id?: string;
  readonly code?: string;
}

/** What became of the dead letters of a queue. */
export interface Settled {
  readonly queue: string;
  readonly messages: number;
}

/** Dead letters that are looked at to name the reasons; what lies behind is only counted. */
const lookedAt = 10_000;

/** The dead letters of each queue that has been declared, by reason. */
export const list = (selection: Selection): Promise<readonly DeadLetterSummary[]> =>
  withQueues(selection, async (broker, work) => {
    const summary = await summarise(broker, { ...work, limit: lookedAt });
    return summary === null ? [] : [summary];
  });

/** The first `limit` of each queue with their bodies. */
export const show = (selection: Selection, limit: number): Promise<readonly DeadLetterBody[]> =>
  withQueues(selection, (broker, work) => inspect(broker, { ...work, limit }));

/** Sends them back to the queues that they were set aside from. */
export const replay = (selection: Selection): Promise<readonly Settled[]> =>
  settled(selection, 'Replaying', replayFrom);

/** Removes them for good. */
export const drop = (selection: Selection): Promise<readonly Settled[]> =>
  settled(selection, 'Dropping', dropFrom);

const settled = (
  selection: Selection,
  what: string,
  settle: (broker: Broker, work: DeadLetterWork) => Promise<number>,
): Promise<readonly Settled[]> =>
  withQueues(selection, async (broker, work) => {
    const progress = progressOf(`${what} ${work.queue.deadLetterQueue}`);
    const onProgress = (looked: number, of: number) =>
      progress({ done: looked, total: of, items: looked });
    return [{ queue: work.queue.name, messages: await settle(broker, { ...work, onProgress }) }];
  });

/** Throws `ConfigError` without a broker, `AwayError` when it does not answer or is lost. */
async function withQueues<T>(
  { queue, id, code }: Selection,
  work: (broker: Broker, work: DeadLetterWork) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const { rabbitmqUrl, exchangeName } = readConfig(process.env);
  if (rabbitmqUrl === undefined) {
    throw new ConfigError('Set IMI_RABBITMQ_URL; dead letters of the bus inside iMi end with it');
  }
  const stopped = new AbortController();
  const stop = () => stopped.abort(new Error('Stopped; what is not settled stays a dead letter'));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const { queues } = topologyOf(exchangeName, []);
  const wanted = (letter: DeadLetter) =>
    (id === undefined || letter.id === id) && (code === undefined || letter.code === code);
  const broker = await connect(rabbitmqUrl);
  let lost = false;
  broker.on('close', () => {
    lost = true;
  });
  try {
    const found: T[] = [];
    for (const name of queue === undefined ? consumedQueues : [queue]) {
      const { signal } = stopped;
      found.push(...(await work(broker, { queue: queues[name], wanted, signal })));
    }
    return found;
  } catch (error) {
    if (!lost) throw error;
    throw new AwayError('Bloodbank went away; what was settled by then stays so', { cause: error });
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    await broker.close().catch(() => undefined);
  }
}

async function connect(url: string): Promise<Broker> {
  try {
    const broker = await amqpConnector(url)(new AbortController().signal);
    // What waits for the broker hears of the loss from its channel.
    broker.on('error', () => undefined);
    return broker;
  } catch (error) {
    const { message, code } = error as Error & { code?: string };
    throw new AwayError(`Bloodbank is away: ${message || code}`, { cause: error });
  }
}
