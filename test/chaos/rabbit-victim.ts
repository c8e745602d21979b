import { startRabbit } from '../services/start-rabbit.ts';
import type { StoreVictim } from './victim.ts';

export interface RabbitVictim extends StoreVictim {
  /** Stops it in order and starts it: a broker that is killed forgets what was declared just before. */
  keepDeclarations(): Promise<void>;
  fillDisk(full: boolean): Promise<void>;
}

/** A private RabbitMQ. */
export async function startRabbitVictim(): Promise<RabbitVictim> {
  const broker = await startRabbit();
  return {
    name: 'RabbitMQ',
    port: Number(new URL(broker.url).port),
    url: broker.url,
    start: broker.start,
    kill: broker.kill,
    freeze: broker.pause,
    fillDisk: broker.fillDisk,
    thaw: broker.resume,
    async keepDeclarations() {
      await broker.stop();
      await broker.start();
    },
    close: broker.close,
  };
}
