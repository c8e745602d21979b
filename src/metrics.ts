import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { QueueDepth } from './bloodbank/queue-depths.ts';
import type { AppendOutcome } from './events/metered-append.ts';
import type { Lag } from './projections/source-lag.ts';
import { within } from './within.ts';

/** What the metrics read when they are asked for. What throws, as when a store is away, keeps its last value. */
export interface Observed {
  readonly build: { readonly version: string };
  projection(): Promise<{
    readonly position: bigint | null;
    readonly gap: bigint;
    readonly lag_seconds: number;
    readonly parked_streams: number;
  }>;
  publisher(): { readonly published: number; readonly unroutable: number };
  /** How far publishing is behind the log; null when another process publishes. */
  publishing(): Promise<Pick<Lag, 'gap' | 'lag_seconds'> | null>;
  /** How many messages wait, by queue. */
  queues(): Promise<readonly QueueDepth[]>;
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
  /** A connection was closed because there were too many. */
  connectionRefused(): void;
  /** A command has its outcome: `accepted`, `unchanged`, or the code of its refusal. */
  commandSettled(door: Door, command: string, outcome: string, seconds: number): void;
  /** An append of a command's events ended, one way or the other. */
  appended(outcome: AppendOutcome, seconds: number): void;
  /** Readers see these events, which were decided at those times. */
  projected(occurredAt: readonly string[]): void;
  /** The broker has an event that was decided at that time. */
  published(occurredAt: string): void;
  /** This process begins, or ceases, to lead in a task that one process has at a time. */
  leads(task: string, leading: boolean): void;
  /** A readable message asked nothing of iMi; the reasons are few, so they make a label. */
  messageIgnored(queue: string, reason: string): void;
}

// What is scraped tells most while a store is frozen, and no scraper waits for ever.
const readLimitMs = 1_000;

const buckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
/** A follower that was away for an hour still tells its catching up from a stand. */
const latencyBuckets = [...buckets, 15, 60, 300, 3600];

/** Clocks of two machines may disagree; nothing is seen before it was decided. */
const secondsSince = (time: string): number => Math.max(0, (Date.now() - Date.parse(time)) / 1000);

export type Door = 'http' | 'bloodbank' | 'policy';

/** A registry of its own with iMi's metrics and Node's. */
export function createMetrics(observed: Observed): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
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
  const appends = new Histogram({
    name: 'imi_append_duration_seconds',
    help: "Time to write a command's events, by outcome (written, conflict, unavailable, failed)",
    labelNames: ['outcome'],
    buckets,
    registers,
  });
  const visible = new Histogram({
    name: 'imi_projection_latency_seconds',
    help: 'Time from the decision on an event until readers see it, by event',
    buckets: latencyBuckets,
    registers,
  });
  const onTheBus = new Histogram({
    name: 'imi_publish_latency_seconds',
    help: 'Time from the decision on an event until the broker has it, by event',
    buckets: latencyBuckets,
    registers,
  });
  const leading = new Gauge({
    name: 'imi_leading',
    help: 'Whether this process leads (1) or stands by (0) in a task that one process has at a time',
    labelNames: ['task'],
    registers,
  });
  new Gauge({
    name: 'imi_build_info',
    help: 'The version that runs; always 1',
    labelNames: ['version'],
    registers,
  }).set({ version: observed.build.version }, 1);
  observeProjection(observed, registers);
  observePublishing(observed, registers);
  observeDepths(observed, registers);
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
  const refused = new Counter({
    name: 'imi_http_connections_refused_total',
    help: 'Connections closed because IMI_MAX_CONNECTIONS were open',
    registers,
  });
  return {
    registry,
    connectionRefused: () => refused.inc(),
    requestAnswered: ({ seconds, ...labels }) => requests.observe(labels, seconds),
    commandSettled: (door, command, outcome, seconds) =>
      commands.observe({ door, command, outcome }, seconds),
    appended: (outcome, seconds) => appends.observe({ outcome }, seconds),
    projected: (occurredAt) => {
      for (const at of occurredAt) visible.observe(secondsSince(at));
    },
    published: (occurredAt) => onTheBus.observe(secondsSince(occurredAt)),
    leads: (task, leads) => leading.set({ task }, leads ? 1 : 0),
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
  observeTogether(registers, projection, [
    {
      name: 'imi_projection_position',
      help: 'Position in $all that the read models have come to',
      value: ({ position }) => Number(position ?? 0),
    },
    {
      name: 'imi_projection_parked_streams',
      help: 'Streams set aside by an event that could not be projected',
      value: ({ parked_streams }) => parked_streams,
    },
    {
      name: 'imi_projection_gap',
      help: 'Distance in the log from what is projected to its end; 0 when nothing is left',
      value: ({ gap }) => Number(gap),
    },
    {
      name: 'imi_projection_lag_seconds',
      help: 'For how long something to project has been waiting',
      value: ({ lag_seconds }) => lag_seconds,
    },
  ]);
}

function observePublishing({ publishing }: Observed, registers: Registry[]): void {
  observeTogether(registers, publishing, [
    {
      name: 'imi_publish_gap',
      help: 'Distance in the log from what is published to its end; 0 when nothing is left. Of the leader only',
      value: ({ gap }) => Number(gap),
    },
    {
      name: 'imi_publish_lag_seconds',
      help: 'For how long something to publish has been waiting. Of the leader only',
      value: ({ lag_seconds }) => lag_seconds,
    },
  ]);
}

/** Gauges of one reading: a scrape asks them side by side, and they must not tell of different times. */
function observeTogether<T>(
  registers: Registry[],
  read: () => Promise<T | null>,
  gauges: readonly {
    readonly name: string;
    readonly help: string;
    readonly value: (reading: T) => number;
  }[],
): void {
  let reading: Promise<T | null | undefined> | null = null;
  const shared = () => {
    reading ??= within(readLimitMs, read())
      .catch(() => undefined)
      .finally(() => {
        reading = null;
      });
    return reading;
  };
  for (const { name, help, value } of gauges) {
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        const found = await shared();
        if (found === null) this.remove();
        else if (found !== undefined) this.set(value(found));
      },
    });
  }
}

function observeDepths({ queues }: Observed, registers: Registry[]): void {
  new Gauge({
    name: 'imi_queue_messages',
    help: "Messages that wait in iMi's queues and their dead-letter queues",
    labelNames: ['queue'],
    registers,
    async collect() {
      this.reset();
      const depths = await within(readLimitMs, queues()).catch(() => []);
      for (const { queue, messages } of depths) this.set({ queue }, messages);
    },
  });
}
