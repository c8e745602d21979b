import { sql } from 'kysely';
import type { BloodbankConnection } from './bloodbank/connection.ts';
import type { QueueConsumer } from './bloodbank/consumer.ts';
import type { Publisher } from './bloodbank/publisher.ts';
import type { EventStore } from './events/event-store.ts';
import type { Generation } from './projections/generation.ts';
import type { ProjectionStatusReader } from './projections/status.ts';
import type { HealthProbes } from './read-api/health.ts';

// A projection works in milliseconds; one that is this far behind stands still or is overwhelmed.
const longestLagSeconds = 10;

export interface Probed extends Generation {
  /** Where the API reads: the same database, or a replica of it. */
  readonly reads: Pick<Generation, 'db'>;
  readonly store: EventStore;
  readonly inbound: BloodbankConnection;
  readonly outbound: BloodbankConnection;
  readonly consumers: readonly QueueConsumer[];
  readonly publisher: Publisher;
  readonly projection: ProjectionStatusReader;
  /** Whether this process consumes Bloodbank's queues: only then is a consumer that stands still ill. */
  readonly consumes: boolean;
  readonly onError: (part: string, error: unknown) => void;
}

/** What `/health` asks, of this process and of what it runs on. */
export const probesOf = (probed: Probed): HealthProbes => ({
  onError: probed.onError,
  async database() {
    for (const db of new Set([probed.db, probed.reads.db])) await sql`SELECT 1`.execute(db);
    return { status: 'healthy' };
  },
  async eventStore() {
    await probed.store.head();
    return { status: 'healthy' };
  },
  async bloodbank() {
    const { state, since } = probed.inbound.status;
    const { state: outbound, blocked } = probed.outbound.status;
    const consumers = probed.consumes ? probed.consumers : [];
    const stuck = consumers.some((consumer) => consumer.status.state !== 'consuming');
    const { state: publishing, published, unroutable, position } = probed.publisher.status;
    return {
      status:
        state === 'up' && outbound === 'up' && blocked === null && !stuck ? 'healthy' : 'degraded',
      connection: state,
      since,
      ...(blocked !== null && { blocked }),
      queues: Object.fromEntries(
        consumers.map(({ queue, status }) => [
          queue,
          { state: status.state, handled: status.handled, dead_lettered: status.deadLettered },
        ]),
      ),
      publisher: { state: publishing, published, unroutable, position: textOf(position) },
    };
  },
  async projections() {
    const { name, position, head, gap, lag_seconds, ...rest } = await probed.projection.read();
    const ill = lag_seconds > longestLagSeconds || rest.parked_streams > 0;
    return {
      [name]: {
        status: ill ? 'degraded' : 'healthy',
        position: textOf(position),
        head: textOf(head),
        gap: gap.toString(),
        lag_seconds,
        ...rest,
      },
    };
  },
});

const textOf = (position: bigint | null): string | null => position?.toString() ?? null;
