import { expect, it } from 'vitest';
import { someOfEach } from './faults.ts';
import { runChaos } from './run.ts';
import { layouts } from './stand.ts';

const seed = Number(process.env.IMI_TEST_SEED ?? Math.floor(Math.random() * 1e9));

it('keeps every promise while services and stores are killed, frozen and cut off', async () => {
  process.stdout.write(`seed ${seed} (IMI_TEST_SEED)\n`);
  const { figures, broken } = await runChaos({
    seed,
    layout: layouts.short,
    faults: someOfEach,
    lanes: 2,
    lanePauseMs: 800,
    senders: 12,
    senderPauseMs: 400,
    settleMs: 60_000,
  });
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  expect(broken).toEqual([]);
  expect(figures).toMatchObject({ lost: 0, doubled: 0 });
  expect(figures['kills, together']).toBeGreaterThanOrEqual(8);
}, 180_000);
