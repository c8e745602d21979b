import { once } from 'node:events';
import type { ConfirmChannel } from 'amqplib';
import { beforeEach, describe, expect, it } from 'vitest';
import { declareTopology } from '../../src/bloodbank/declare.ts';
import { deathHeaders } from '../../src/bloodbank/delivery.ts';
import { topologyOf } from '../../src/bloodbank/topology.ts';
import { log, openClient, until } from '../bloodbank/support.ts';
import { testRabbit } from '../services/rabbit.ts';
import { runImi, startImi } from './run-imi.ts';

const queue = 'imi.commands';
const deadLetters = `${queue}.dlq`;

let env: Record<string, string>;
let channel: ConfirmChannel;
beforeEach(async () => {
  const { url, exchangeName } = await testRabbit();
  env = { IMI_RABBITMQ_URL: url, IMI_EXCHANGE_NAME: exchangeName };
  const model = await openClient(url);
  const { queues } = topologyOf(exchangeName, []);
  await declareTopology(model, exchangeName, [queues[queue]], { queueType: 'quorum', log });
  channel = await model.createConfirmChannel();
});

const imi = (...args: string[]) => runImi(['dlq', ...args], { env });
const waiting = async (name: string) => (await channel.checkQueue(name)).messageCount;
/** What was looked at goes back a moment after the look. */
const holds = (name: string, count: number) => until(async () => (await waiting(name)) === count);

async function die(body: string, code: string, messageId: string): Promise<void> {
  channel.sendToQueue(deadLetters, Buffer.from(body), {
    messageId,
    persistent: true,
    headers: {
      [deathHeaders.code]: code,
      [deathHeaders.reason]: `because of ${code}`,
      [deathHeaders.routingKey]: 'imi.cmd.start_work',
      [deathHeaders.firstDeathAt]: `2026-01-0${1 + (messageId.length % 9)}T00:00:00.000Z`,
    },
  });
  await channel.waitForConfirms();
}

describe('imi dlq', () => {
  it('lists the queues with how many, since when and why', async () => {
    expect((await imi('list')).stdout).toMatch(/^imi\.commands\.dlq +0 +- +-$/m);
    await die('{}', 'bad_id', 'a');
    await die('{}', 'bad_id', 'bb');
    await die('{}', 'handler_failed', 'ccc');
    const { code, stdout } = await imi('list');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /imi\.commands\.dlq +3 +2026-01-02T00:00:00.000Z +2 bad_id, 1 handler_failed/,
    );
    await holds(deadLetters, 3);
    expect(JSON.parse((await imi('list', queue, '--json')).stdout)).toEqual({
      queues: [
        {
          ...{ queue, dead_letter_queue: deadLetters, messages: 3, looked_at: 3 },
          ...{ oldest: '2026-01-02T00:00:00.000Z', codes: { bad_id: 2, handler_failed: 1 } },
        },
      ],
    });
    await holds(deadLetters, 3);
  });

  it('shows them without their secrets, unless asked for the bodies as they came', async () => {
    await die('{"api_key":"hunter2","name":"widget\\u0007"}', 'bad_id', 'a');
    await die('not JSON but Bearer hunter2hunter2', 'body_not_json', 'b');
    const shown = await imi('show', queue);
    expect(shown.stdout).not.toContain('hunter2');
    expect(shown.stdout).not.toContain('\u0007');
    expect(shown.stdout).toContain('because of body_not_json');
    await holds(deadLetters, 2);
    const { dead_letters } = JSON.parse((await imi('show', '--raw', '--json')).stdout);
    expect(dead_letters[0].body).toContain('"hunter2"');
    await holds(deadLetters, 2);
    const one = JSON.parse((await imi('show', '--id', dead_letters[1].id, '--json')).stdout);
    expect(one.dead_letters).toMatchObject([{ code: 'body_not_json', message_id: 'b' }]);
    expect((await imi('show', '--id', 'nobody')).code).toBe(1);
  });

  it('replays what was meant and says how much', async () => {
    for (const n of [1, 2, 3]) await die(`{"n":${n}}`, n === 2 ? 'other' : 'bad_id', `m${n}`);
    expect(await imi('replay', queue, '--code', 'bad_id')).toMatchObject({
      ...{ code: 0, stdout: '2 replayed\n' },
    });
    await holds(queue, 2);
    await holds(deadLetters, 1);
    expect(JSON.parse((await imi('replay', '--all', '--json')).stdout)).toEqual({
      ...{ replayed: 1, queues: [{ queue, messages: 1 }] },
    });
    await holds(queue, 3);
    await holds(deadLetters, 0);
    expect(await imi('replay', '--all')).toMatchObject({ code: 0, stdout: '0 replayed\n' });
  });

  it('drops only after a yes', async () => {
    await die('{}', 'bad_id', 'a');
    const unsure = await imi('drop', queue, '--all');
    expect(unsure).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') });
    await holds(deadLetters, 1);
    const sure = await imi('drop', queue, '--all', '--yes');
    expect(sure).toMatchObject({ code: 0, stdout: '1 dropped\n' });
    await holds(deadLetters, 0);
  });

  it('wants to be told which, and by a name that there is', async () => {
    for (const args of [['replay'], ['replay', '--all', '--code', 'x'], ['drop', '--yes']]) {
      expect(await imi(...args), args.join(' ')).toMatchObject({ code: 2 });
    }
    expect(await imi('list', 'imi.unheard_of')).toMatchObject({ code: 2 });
    expect(await imi('replay', '--id', 'nobody')).toMatchObject({ code: 1 });
    const embedded = await runImi(['dlq', 'list']);
    expect([embedded.code, embedded.stderr]).toEqual([
      2,
      expect.stringContaining('IMI_RABBITMQ_URL'),
    ]);
  });

  it('says when the broker is away, without its password', async () => {
    const IMI_RABBITMQ_URL = 'amqp://imi:hunter2@127.0.0.1:1';
    const { code, stderr } = await runImi(['dlq', 'list'], { env: { IMI_RABBITMQ_URL } });
    expect([code, stderr]).toEqual([3, expect.stringContaining('away')]);
    expect(stderr).not.toContain('hunter2');
  });

  it('loses nothing and doubles one at most when it is killed in the middle', async () => {
    const total = 1_500;
    for (let n = 0; n < total; n += 1) {
      const headers = { [deathHeaders.code]: 'bad_id' };
      channel.sendToQueue(deadLetters, Buffer.from(`{"n":${n}}`), { persistent: true, headers });
    }
    await channel.waitForConfirms();
    const replaying = startImi(['dlq', 'replay', '--all'], { env });
    await until(async () => (await waiting(queue)) > 50);
    replaying.kill('SIGKILL');
    await once(replaying, 'exit');
    // The broker has noticed when everything is to be had again.
    await until(async () => (await waiting(queue)) + (await waiting(deadLetters)) >= total);
    const replayed = await waiting(queue);
    expect(replayed).toBeLessThan(total);
    const counts = new Map<number, number>();
    for (const name of [queue, deadLetters]) {
      for (let m = await channel.get(name); m; m = await channel.get(name)) {
        const { n } = JSON.parse(m.content.toString());
        counts.set(n, (counts.get(n) ?? 0) + 1);
      }
    }
    expect(counts.size).toBe(total);
    expect([...counts.values()].filter((count) => count > 1).length).toBeLessThanOrEqual(1);
  });
});
