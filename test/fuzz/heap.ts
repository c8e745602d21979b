import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceProcess } from '../e2e/service-process.ts';

/** Settings of a service whose every log line is looked through, and that tells its heap. */
export const watched = {
  IMI_LOG_LEVEL: 'trace',
  NODE_OPTIONS: '--import ./test/fuzz/report-heap.ts',
};

/** Bytes that the service holds once its garbage is collected. */
export async function heapUsed({ logged, pid = 0 }: ServiceProcess): Promise<number> {
  const heaps = () => logged.filter(({ msg }) => msg === 'heap');
  const before = heaps().length;
  process.kill(pid, 'SIGUSR2');
  while (heaps().length === before) await delay(20);
  return Number(heaps().at(-1)?.bytes);
}
