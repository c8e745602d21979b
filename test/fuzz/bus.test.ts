import { expect, it } from 'vitest';
import { Stand } from '../e2e/stand.ts';
import { type BusCase, busCase, queuesOf } from './bus-cases.ts';
import { BusClient } from './bus-client.ts';
import { Dice } from './dice.ts';
import { heapUsed, watched } from './heap.ts';
import { expectNoLeaks } from './leaks.ts';
import { Pool } from './pool.ts';
import { inLanes, isLong, rounds, seed, timeLimitMs } from './rounds.ts';
import { leaksIn, plantedSoFar } from './secrets.ts';

const lanes = 16;

it(
  'settles or sets aside each message of every consumed queue, and shows no secret',
  async () => {
    const stand = await Stand.start(watched);
    const bus = await BusClient.connect(stand.rabbitUrl, stand.exchange);
    const queues = queuesOf(stand.exchange);
    const pool = new Pool();
    const sent: BusCase[] = [];
    const round = async (number: number) => {
      const ground = { dice: new Dice(seed + number), pool };
      const message = busCase(queues, ground, bus.replyTo);
      sent.push(message);
      await bus.publish(message);
      if (number % 100 === 99) await learn(stand, pool);
    };

    const all = rounds(700);
    process.stdout.write(`seed ${seed} (IMI_FUZZ_SEED), ${all} rounds (IMI_FUZZ_ROUNDS)\n`);
    const third = Math.ceil(all / 3);
    await inLanes([0, third], lanes, round);
    const early = isLong ? await heapUsed(stand.process) : 0;
    await inLanes([third, all], lanes, round);

    // Published = handled, and nothing is left.
    const count = async (name: string, labels = '') =>
      metric(await stand.get('/metrics'), name, labels);
    const handled = (queue: string) => count('imi_messages_handled_total', `queue="${queue}"`);
    for (const { name } of queues) {
      const mine = sent.filter(({ queue }) => queue === name).length;
      await bus.until(async () => (await handled(name)) >= mine);
      expect(await handled(name)).toBe(mine);
      expect([await bus.depthOf(name), await bus.consumersOf(name)]).toEqual([0, 1]);
    }
    const late = isLong ? await heapUsed(stand.process) : 0;

    // Handled = settled, ignored or dead, and what is dead says why.
    const dead = (
      await Promise.all(queues.map(({ deadLetterQueue }) => bus.takeAll(deadLetterQueue)))
    ).flat();
    const reasons = dead.map(({ properties }) => String(properties.headers?.['x-imi-code']));
    expect(await count('imi_messages_dead_lettered_total')).toBe(dead.length);
    const settled = await count('imi_command_duration_seconds_count', 'door="bloodbank"');
    const ignored = await count('imi_messages_ignored_total');
    // Mutations of one checkout that come close together are settled as one.
    const gathered = async () => {
      const queue = 'queue="imi.mutation_events"';
      const set = ['ignored', 'dead_lettered'].map((end) =>
        count(`imi_messages_${end}_total`, queue),
      );
      const [idle = 0, dropped = 0] = await Promise.all(set);
      return Math.max(0, (await count('imi_messages_handled_total', queue)) - idle - dropped - 1);
    };
    const counts = { sent: sent.length, settled, ignored, dead: dead.length };
    const said = { replies: bus.replies, answers: bus.answers.length };
    const figures = { ...counts, ...said, reasons: tally(reasons), secrets: plantedSoFar() };
    process.stdout.write(`${JSON.stringify({ ...figures, heap: [early, late] })}\n`);
    expect(settled + ignored + dead.length).toBeGreaterThanOrEqual(
      sent.length - (await gathered()),
    );
    const accepted = await count('imi_command_duration_seconds_count', 'outcome="accepted"');
    expect(accepted).toBeGreaterThan(all / 100);
    for (const { properties } of dead) {
      expect(properties.headers).toMatchObject({
        'x-imi-code': expect.stringMatching(/^[a-z_0-9]+$/),
        'x-imi-reason': expect.stringMatching(/./),
        'x-imi-queue': expect.stringMatching(/^imi\./),
      });
    }
    // A handler that threw is a fault of iMi's, whatever it was sent.
    expect(reasons).not.toContain('handler_failed');
    expect(bus.unrouted).toBe(0);
    expect(bus.violations).toEqual([]);

    await stand.expectUnharmed();
    const [refusals, successes] = [true, false].map((isRefusal) =>
      bus.answers.filter((it) => it.isRefusal === isRefusal).map(({ text }) => text),
    );
    expect([refusals?.length, successes?.length]).not.toContain(0);
    expect(leaksIn(successes?.join('\n') ?? '', ['hidden'])).toEqual([]);
    await expectNoLeaks(stand, {
      answers: refusals?.join('\n') ?? '',
      'dead-letter properties': dead
        .map(({ properties }) =>
          JSON.stringify({ ...properties, messageId: '', correlationId: '' }),
        )
        .join('\n'),
    });
    expect(late).toBeLessThanOrEqual(early * 1.25);
  },
  timeLimitMs,
);

/** What the service knows by now, so that later messages are about it. */
async function learn(stand: Stand, pool: Pool): Promise<void> {
  const lists = ['projects', 'work', 'components', 'events'];
  const answers = await Promise.all(lists.map((list) => stand.get(`/api/v1/${list}?limit=20`)));
  for (const { items } of answers) {
    for (const item of items ?? []) pool.learn(item);
  }
}

/** The sum of a metric over all of its series that have these labels. */
function metric(text: string, name: string, labels: string): number {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => line.includes(labels))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

function tally(things: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const thing of things) counts[thing] = (counts[thing] ?? 0) + 1;
  return counts;
}
