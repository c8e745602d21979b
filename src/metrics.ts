import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { within } from './within.ts';

/** What the metrics read when they are asked for. */
export interface Observed {
  /** Throws when a store is away: the last values stay. */
  projection(): Promise<{
    readonly position: bigint | null;
    readonly lag_seconds: number;
    readonly parked_streams: number;
  }>;
  publisher(): { readonly published: number; readonly unroutable: number };
  consumers(): readonly {
    readonly queue: string;
    readonly handled: number;
    readonly deadLettered: number;
  }[];
}

/** Where the parts of iMi report what they did. */
export interface Metrics {
  readonly registry: Registry;
  /** An HTTP request was answered; `route` is its template, so that ids make no labels. */
  requestAnswered(request: {
    readonly method: string;
    readonly route: string;
    readonly status: number;
    readonly seconds: number;
  }): void;
  /** A command has its outcome: `accepted`, `unchanged`, or the code of its refusal. */
  commandSettled(door: Door, command: string, outcome: string, seconds: number): void;
  /** A readable message asked nothing of iMi; the reasons are few, so they make a label. */
  messageIgnored(queue: string, reason: string): void;
}

// What is scraped tells most while a store is frozen, and no scraper waits for ever.
const projectionLimitMs = 1_000;

export type Door = 'http' | 'bloodbank' | 'policy';

/** A registry of its own with iMi's metrics and Node's. */
export function createMetrics(observed: Observed): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const buckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
  const requests = new Histogram({
    name: 'imi_http_request_duration_seconds',
    help: 'Time to answer an HTTP request',
    labelNames: ['method', 'route', 'status'],
    buckets,
    registers,
  });
  const commands = new Histogram({
    name: 'imi_command_duration_seconds',
    help: 'Time to settle a command, by door and outcome (accepted, unchanged or the code of the refusal)',
    labelNames: ['door', 'command', 'outcome'],
    buckets,
    registers,
  });
  observeProjection(observed, registers);
  observeCount(
    'imi_events_published_total',
    'Events the broker confirmed, repetitions included',
    registers,
    () => observed.publisher().published,
  );
  observeCount(
    'imi_events_unroutable_total',
    'Published events that no queue was bound for',
    registers,
    () => observed.publisher().unroutable,
  );
  observeQueues(
    'imi_messages_handled_total',
    'Messages taken from Bloodbank and acknowledged, by queue',
    registers,
    () => observed.consumers().map(({ queue, handled }) => [queue, handled]),
  );
  observeQueues(
    'imi_messages_dead_lettered_total',
    'Messages set aside in a dead-letter queue, by the queue they came from',
    registers,
    () => observed.consumers().map(({ queue, deadLettered }) => [queue, deadLettered]),
  );
  const ignored = new Counter({
    name: 'imi_messages_ignored_total',
    help: 'Readable messages that asked nothing of iMi, by queue and reason',
    labelNames: ['queue', 'reason'],
    registers,
  });
  return {
    registry,
    requestAnswered: ({ seconds, ...labels }) => requests.observe(labels, seconds),
    commandSettled: (door, command, outcome, seconds) =>
      commands.observe({ door, command, outcome }, seconds),
    messageIgnored: (queue, reason) => ignored.inc({ queue, reason }),
  };
}

function observeCount(name: string, help: string, registers: Registry[], read: () => number): void {
  new Counter({
    name,
    help,
    registers,
    collect() {
      this.reset();
      this.inc(read());
    },
  });
}

function observeQueues(
  name: string,
  help: string,
  registers: Registry[],
  read: () => readonly (readonly [queue: string, count: number])[],
): void {
  new Counter({
    name,
    help,
    labelNames: ['queue'],
    registers,
    collect() {
      this.reset();
      for (const [queue, count] of read()) this.inc({ queue }, count);
    },
  });
}

function observeProjection({ projection }: Observed, registers: Registry[]): void {
  const position = new Gauge({
    name: 'imi_projection_position',
    help: 'Position in $all that the read models have come to',
    registers,
  });
  const parked = new Gauge({
    name: 'imi_projection_parked_streams',
    help: 'Streams set aside by an event that could not be projected',
    registers,
  });
  new Gauge({
    name: 'imi_projection_lag_seconds',
    help: 'For how long something to project has been waiting',
    registers,
    async collect() {
      const status = await within(projectionLimitMs, projection()).catch(() => null);
      if (status === null) return;
      this.set(status.lag_seconds);
      parked.set(status.parked_streams);
      position.set(Number(status.position ?? 0));
    },
  });
}
