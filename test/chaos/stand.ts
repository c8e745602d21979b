import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { testFolder } from '../services/test-folder.ts';
import { compileApp } from '../support/compiled-app.ts';
import { atPort, TcpProxy } from '../support/tcp-proxy.ts';
import { startEventStoreVictim } from './event-store-victim.ts';
import { startPostgresVictim } from './postgres-victim.ts';
import { type RabbitVictim, startRabbitVictim } from './rabbit-victim.ts';
import { ServiceVictim } from './service-victim.ts';
import type { StoreVictim } from './victim.ts';

export const exchange = 'bloodbank.events.v1';

/** Instances of iMi by the roles they have. */
export type Layout = readonly string[];

const allRoles = 'api,commands,projector,publisher';

/** Two of everything, whole and in parts. */
export const layouts = {
  short: [allRoles, 'api,commands', 'projector,publisher'],
  long: [allRoles, allRoles, 'api,commands', 'projector,publisher'],
} as const satisfies { readonly [name: string]: Layout };

export interface Stand {
  readonly eventStore: StoreVictim;
  readonly postgres: StoreVictim;
  readonly rabbit: RabbitVictim;
  readonly services: readonly ServiceVictim[];
  /** The way from a service to a store, by their names. */
  way(service: string, store: string): TcpProxy;
  /** Stops the services; answers their exit codes. */
  stopServices(): Promise<(number | null)[]>;
  /** Ends everything and removes its files. */
  close(): Promise<void>;
}

/**
 * Real servers, and instances of iMi that reach each of them over a proxy of their own.
 *
 * @param logFolder takes a log of each instance
 */
export async function startStand(layout: Layout, logFolder?: string): Promise<Stand> {
  const folder = await testFolder('chaos');
  const closers: (() => Promise<unknown>)[] = [
    () => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }),
  ];
  const close = async () => {
    for (const closer of closers.reverse()) await closer();
  };
  const kept = <T extends StoreVictim>(store: T): T => {
    closers.push(() => store.close());
    return store;
  };
  try {
    const compiled = await compileApp(join(folder, 'app'));
    const [rabbit, postgres, eventStore] = await Promise.all([
      startRabbitVictim().then(kept),
      startPostgresVictim(folder).then(kept),
      startEventStoreVictim(folder, compiled).then(kept),
    ]);
    const ways = new Map<string, TcpProxy>();
    const services: ServiceVictim[] = [];
    for (const [n, roles] of layout.entries()) {
      const name = `service ${n + 1}`;
      const over = async (store: StoreVictim): Promise<string> => {
        const way = await TcpProxy.listen(() => store.port);
        ways.set(`${name} > ${store.name}`, way);
        closers.push(() => way.close());
        return atPort(store.url, way.port);
      };
      const env = {
        IMI_EVENTSTORE_URL: await over(eventStore),
        IMI_DATABASE_URL: await over(postgres),
        IMI_RABBITMQ_URL: await over(rabbit),
        IMI_EXCHANGE_NAME: exchange,
        IMI_DATA_DIR: join(folder, `service-${n + 1}`),
      };
      const service = await ServiceVictim.create({
        ...{ name, roles, compiled, env },
        ...(logFolder !== undefined && { logFile: join(logFolder, `service-${n + 1}.log`) }),
      });
      closers.push(() => service.kill());
      services.push(service);
    }
    await Promise.all(services.map((service) => service.start()));
    return {
      eventStore,
      postgres,
      rabbit,
      services,
      way(service, store) {
        const way = ways.get(`${service} > ${store}`);
        if (way === undefined) throw new Error(`there is no way from ${service} to ${store}`);
        return way;
      },
      stopServices: () => Promise.all(services.map((service) => service.stop())),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
