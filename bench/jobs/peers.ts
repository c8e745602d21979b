import { saidOf } from '../cpu-use.ts';
import { startOnStand } from '../imi.ts';
import type { Job } from '../job.ts';
import { Load } from '../load.ts';
import { Peer, type PeerKind } from '../peers/peer.ts';
import { poolOf } from '../pool.ts';
import { rate, times } from '../quantity.ts';
import { addWorktrees, createFunction } from '../sql-function.ts';
import { repeated } from '../stats.ts';

const rounds = 20;

/**
 * The same commands through iMi and through what one would otherwise take, run in turn. iMi's are
 * counted until their rows are visible, with its publisher running; the peers publish nothing and
 * take a command that comes twice for two.
 */
export const peers: Job = async ({ stand, report, runs }) => {
  const pool = poolOf(stand, 1);
  await createFunction(pool);
  const kinds: readonly (PeerKind & { readonly target?: string })[] = [
    { name: 'emmett, inline projection', program: ['emmett.ts', 'inline'], target: '≥ 3 ×' },
    { name: 'emmett, no projection', program: ['emmett.ts'] },
    { name: 'castore, no projection', program: ['castore.ts'], target: '> 1 ×' },
    {
      name: 'SQL function behind a queue',
      program: ['sql-function.ts'],
      introduce: (ids) => addWorktrees(pool, ids),
    },
  ];
  for (const prefetch of [64, 256]) {
    const imi = await startOnStand(stand, { IMI_PREFETCH: String(prefetch) });
    const load = await Load.prepare(stand);
    const started = await Promise.all(kinds.map((kind) => Peer.start(kind, stand, prefetch)));
    const turn = async () => ({
      ours: await load.run(imi, rounds, prefetch),
      theirs: await inTurn(started),
    });
    // Not counted: V8 takes tens of thousands of commands until it has compiled what they need.
    await repeated(2, turn);
    const turns = await repeated(runs, turn);
    const value = rate(turns.map(({ ours }) => ours.projected));
    report.note(`prefetch ${prefetch}, iMi: ${saidOf(turns.map(({ ours }) => ours))}`);
    for (const [index, { name, target }] of kinds.entries()) {
      const results = turns.flatMap(({ theirs }) => theirs[index] ?? []);
      const peer = rate(results.map(({ settled }) => settled));
      report.add({
        measure: `Commands, prefetch ${prefetch}, against ${name}`,
        value: [value],
        limit: { name, value: [peer] },
        ratio: times(value, peer),
        ...(target && { target }),
        panel: `Commands through RabbitMQ, prefetch ${prefetch}: iMi and peers`,
      });
      report.note(`prefetch ${prefetch}, ${name}: ${saidOf(results)}`);
    }
    for (const peer of started) await peer.stop();
    await load.close();
    await imi.stop();
  }
  await pool.end();
};

async function inTurn(peersInTurn: readonly Peer[]) {
  const results = [];
  for (const peer of peersInTurn) results.push(await peer.run(rounds));
  return results;
}
