import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { startEventStoreServer } from '../../src/embedded/event-store/server.ts';
import { connectEventStore } from '../../src/events/esdb-event-store.ts';
import type { EventStore } from '../../src/events/event-store.ts';
import { connectDatabase } from '../../src/projections/database.ts';
import { diffGenerations } from '../../src/projections/diff-generations.ts';
import { rebuildInto } from '../../src/projections/rebuild.ts';
import { liveSchema } from '../../src/projections/tables.ts';
import { testDatabase } from '../services/database.ts';
import { testRabbit } from '../services/rabbit.ts';
import { testFolder } from '../services/test-folder.ts';
import { everyEvent } from '../support/every-event.ts';
import { type ServiceProcess, startServiceProcess } from './service-process.ts';

export const keys = { write: 'write-key-of-the-stand', read: 'read-key-of-the-stand' };
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** The service with stores of its own and a real broker, and how it must be found after ill-treatment. */
export class Stand {
  readonly rabbitUrl: string;
  readonly exchange: string;
  readonly store: EventStore;
  readonly #env: Record<string, string>;
  #service: ServiceProcess;
  #earlierLog: readonly object[] = [];

  private constructor(env: Record<string, string>, service: ServiceProcess) {
    this.#env = env;
    this.#service = service;
    this.rabbitUrl = env.IMI_RABBITMQ_URL ?? '';
    this.exchange = env.IMI_EXCHANGE_NAME ?? '';
    this.store = connectEventStore(env.IMI_EVENTSTORE_URL ?? '');
    onTestFinished(() => this.store.close());
  }

  /** @param given settings that the test is about */
  static async start(given: Record<string, string> = {}): Promise<Stand> {
    const [rabbit, database] = [await testRabbit(), await testDatabase()];
    const folder = await testFolder('stand');
    const eventStore = await startEventStoreServer({ dataDir: folder, port: 0 });
    onTestFinished(() => eventStore.close());
    const env = {
      IMI_EVENTSTORE_URL: eventStore.url,
      IMI_DATABASE_URL: database.url,
      IMI_RABBITMQ_URL: rabbit.url,
      IMI_EXCHANGE_NAME: rabbit.exchangeName,
      IMI_DATA_DIR: folder,
      IMI_API_KEYS: `writer:write:${sha256(keys.write)},reader:read:${sha256(keys.read)}`,
      ...given,
    };
    return new Stand(env, await startServiceProcess(env));
  }

  get url(): string {
    return this.#service.url;
  }

  /** Everything it has logged. */
  get log(): string {
    return [...this.#earlierLog, ...this.#service.logged].map((e) => JSON.stringify(e)).join('\n');
  }

  get process(): ServiceProcess {
    return this.#service;
  }

  // biome-ignore lint/suspicious/noExplicitAny: looked at field by field
  async get(path: string, headers: Record<string, string> = {}): Promise<any> {
    const response = await fetch(`${this.url}${path}`, {
      headers: { authorization: `Bearer ${keys.read}`, ...headers },
    });
    return path === '/metrics' ? response.text() : response.json();
  }

  /**
   * Healthy, caught up, nothing parked, and what it shows is what a rebuild from nothing shows. It is
   * started again without the role that writes, so that nothing moves while that is compared.
   */
  async expectUnharmed(): Promise<void> {
    while ((await this.get('/health')).status !== 'healthy') await delay(100);
    expect(await this.get('/metrics')).toMatch(/^imi_projection_parked_streams 0$/m);
    expect(await this.#service.stop()).toBe(0);
    this.#earlierLog = this.#service.logged;
    this.#service = await startServiceProcess({ ...this.#env, IMI_ROLES: 'api,projector' });
    const last = (await everyEvent(this.store)).findLast(({ type }) => type.startsWith('imi.'));
    const caughtUp = () =>
      fetch(`${this.url}/api/v1/stats?after=${last?.position}`, { headers: readKey });
    while ((await caughtUp()).status === 503) await delay(100);
    const db = connectDatabase(this.#env.IMI_DATABASE_URL ?? '', {
      poolSize: 2,
      applicationName: 'stand',
    });
    const { signal } = new AbortController();
    const { store } = this;
    await rebuildInto({ db, schema: liveSchema, into: 'imi_check', store, signal });
    const differences = await diffGenerations({ db, schema: liveSchema }, 'imi_check');
    await db.destroy();
    expect(differences).toEqual([]);
  }
}

const readKey = { authorization: `Bearer ${keys.read}` };
