import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Where the parts of iMi report what they did; each is handed only the function it needs. */
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
  commandSettled(door: 'http' | 'bloodbank' | 'policy', command: string, outcome: string): void;
  /** A projection has come to a place, so far behind its source. */
  projectionMoved(projection: string, position: bigint, lagSeconds: number): void;
  /** Events were confirmed by the broker, or refused by it and to be published again. */
  eventsPublished(outcome: 'confirmed' | 'refused', count: number): void;
}

/** A registry of its own with iMi's metrics and Node's. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'imi_http_request_duration_seconds',
    help: 'Time to answer an HTTP request',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });
  const commands = new Counter({
    name: 'imi_commands_total',
    help: 'Commands by their outcome: accepted, unchanged or the code of the refusal',
    labelNames: ['door', 'command', 'outcome'],
    registers,
  });
  const position = new Gauge({
    name: 'imi_projection_position',
    help: 'Position in $all that a projection has come to',
    labelNames: ['projection'],
    registers,
  });
  const lag = new Gauge({
    name: 'imi_projection_lag_seconds',
    help: 'Age of what a projection has not shown yet',
    labelNames: ['projection'],
    registers,
  });
  const published = new Counter({
    name: 'imi_events_published_total',
    help: 'Events handed to the broker, by its answer',
    labelNames: ['outcome'],
    registers,
  });
  return {
    registry,
    requestAnswered: ({ seconds, ...labels }) => requests.observe(labels, seconds),
    commandSettled: (door, command, outcome) => commands.inc({ door, command, outcome }),
    projectionMoved(projection, place, lagSeconds) {
      position.set({ projection }, Number(place));
      lag.set({ projection }, lagSeconds);
    },
    eventsPublished: (outcome, count) => published.inc({ outcome }, count),
  };
}
