import { Bus } from './bus.ts';
import type { Filled } from './fill-read-models.ts';
import type { Asking } from './gets.ts';
import type { Imi } from './imi.ts';
import type { Bench } from './job.ts';
import { asking, described, errors, measure, seconds, speed } from './measured.ts';
import { share } from './quantity.ts';
import { repeated } from './stats.ts';
import { startWork } from './work.ts';

/**
 * The same with ever more agents at once: none may be turned away, and no time be lost. What the raw
 * server loses, the machine does, and who asks on so many connections.
 */
export async function withMoreAgents(
  { stand, report, runs }: Bench,
  imi: Imi,
  rawUrl: string,
  filled: Filled,
): Promise<void> {
  const bus = await Bus.connect(stand.rabbitUrl);
  const { items } = (await startWork(bus, 500)).states;
  for (const connections of [50, 100, 250, 500]) {
    const { projectIds } = filled;
    const get = asking(
      connections,
      (index) => `/projects/${projectIds[index % projectIds.length]}`,
    );
    const patch: Asking = {
      ...{ connections, seconds, method: 'PATCH' },
      requests: (client) =>
        Array.from({ length: 50 }, (_, index) => ({
          path: `/api/v1/work/${items[client]}/git-state`,
          body: { ahead: 1 + index },
        })),
    };
    for (const [name, what, limitUrl] of [
      ['GET project by id', get, rawUrl],
      ['PATCH git state', patch, null],
    ] as const) {
      const measured = await repeated(runs, () => measure(imi.url, what));
      const limit = limitUrl && (await repeated(runs, () => measure(limitUrl, what)));
      report.add({
        measure: `${name}, ${connections} connections`,
        value: described(measured),
        ...(limit && { limit: { name: 'raw', value: described(limit) } }),
        ratio: limit
          ? `${share(speed(measured), speed(limit))}, ${errors(measured)}`
          : errors(measured),
        target: 'no errors, throughput not falling',
        panel: `${name}, on ever more connections`,
        drawnAs: `iMi, ${connections} connections`,
      });
    }
  }
  await bus.close();
}
