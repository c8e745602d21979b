import { expect, it } from 'vitest';
import { keys, Stand } from '../e2e/stand.ts';
import { Dice } from './dice.ts';
import { heapUsed, watched } from './heap.ts';
import { httpCase } from './http-cases.ts';
import { type HttpAnswer, type HttpCase, HttpClient } from './http-client.ts';
import { faultsOf, parsed } from './http-judge.ts';
import { readBack } from './http-read-back.ts';
import { expectNoLeaks } from './leaks.ts';
import { type Operation, readDocument } from './operations.ts';
import { Pool } from './pool.ts';
import { inLanes, isLong, rounds, seed, timeLimitMs } from './rounds.ts';
import { plantedSoFar } from './secrets.ts';

const lanes = 12;
const settingUp = 45;

it(
  'answers whatever it is asked over HTTP with a documented answer, and shows no secret',
  async () => {
    const stand = await Stand.start(watched);
    const api = readDocument(await stand.get('/openapi.json'));
    const writes = api.operations.filter(({ method }) => method !== 'GET');
    // What all else is about.
    const posts = ['/projects', '/work', '/components'].map((path) =>
      writes.find((each) => each.method === 'POST' && each.path === `/api/v1${path}`),
    );
    const client = new HttpClient(stand.url);
    const pool = new Pool();
    const faults: string[] = [];
    const counts = { asked: 0, readBack: 0, statuses: new Map<number, number>() };

    const ask = async (operation: Operation, what: HttpCase): Promise<HttpAnswer | null> => {
      counts.asked += 1;
      try {
        const answer = await client.send(what, operation.endless);
        counts.statuses.set(answer.status, (counts.statuses.get(answer.status) ?? 0) + 1);
        faults.push(...faultsOf(operation, what, answer).map((fault) => told(fault, what, answer)));
        return answer;
      } catch (error) {
        faults.push(told(`no answer: ${(error as Error).message}`, what));
        return null;
      }
    };
    const round = async (number: number) => {
      const dice = new Dice(seed + number);
      const isFirst = number < settingUp;
      const operation = isFirst
        ? (posts[number % 3] as Operation)
        : dice.pick(dice.chance(0.6) ? writes : api.operations);
      const isTame = isFirst || dice.chance(0.4);
      const what = httpCase(operation, { dice, pool, resolve: api.resolve }, keys, isTame);
      const answer = await ask(operation, what);
      if (answer === null || answer.status >= 300) return;
      const entity = parsed(answer.text);
      pool.learn(entity);
      const position = answer.headers['imi-position'];
      if (typeof position === 'string') pool.add('position', position);
      const back = readBack(api, operation, answer.status, entity);
      if (back === null) return;
      if (back.collection) pool.add(back.collection, back.id);
      const path = back.path;
      const headers = { authorization: `Bearer ${keys.read}` };
      const again = await ask(back.reader, { method: 'GET', path, headers });
      counts.readBack += 1;
      if (again?.status !== 200 || !again.text.includes(back.id)) {
        faults.push(told(`cannot be read back at ${path}: ${again?.status}`, what, answer));
      }
    };

    const all = rounds(500);
    process.stdout.write(`seed ${seed} (IMI_FUZZ_SEED), ${all} rounds (IMI_FUZZ_ROUNDS)\n`);
    const third = Math.ceil(all / 3);
    await inLanes([0, third], lanes, round);
    const early = isLong ? await heapUsed(stand.process) : 0;
    await inLanes([third, all], lanes, round);
    const late = isLong ? await heapUsed(stand.process) : 0;
    client.close();

    const statuses = Object.fromEntries([...counts.statuses].sort(([a], [b]) => a - b));
    const figures = { ...counts, statuses, secrets: plantedSoFar(), heap: [early, late] };
    process.stdout.write(`${JSON.stringify(figures)}\n`);
    expect(distinct(faults)).toEqual([]);
    // A fuzzer that never gets in tests the door alone.
    expect(counts.readBack).toBeGreaterThan(all / 100);

    await stand.expectUnharmed();
    await expectNoLeaks(stand, {});
    expect(late).toBeLessThanOrEqual(early * 1.25);
  },
  timeLimitMs,
);

const short = (text: string): string => (text.length > 300 ? `${text.slice(0, 300)}…` : text);

const told = (fault: string, { method, path, headers, body }: HttpCase, answer?: HttpAnswer) =>
  [
    `${method} ${short(path)}: ${fault}`,
    `  sent ${short(JSON.stringify(headers))} ${short(String(body ?? ''))}`,
    ...(answer ? [`  answered ${answer.status} ${short(answer.text)}`] : []),
  ].join('\n');

/** One of each kind: the same fault is found many times over. */
function distinct(faults: readonly string[]): string[] {
  const kinds = new Map<string, string>();
  for (const fault of faults) {
    const [first = ''] = fault.split('\n');
    const kind = first.replace(/[0-9a-f-]{36}|\d+/g, '#').replace(/\?.*?: /, ': ');
    if (!kinds.has(kind)) kinds.set(kind, fault);
  }
  return [...kinds.values()];
}
