import type { FastifyInstance } from 'fastify';

export interface ConnectionOptions {
  /** Connections open at once; one more is closed before anything is read of it. Absent: no limit. */
  readonly maxConnections?: number;
  readonly onConnectionRefused?: () => void;
}

/** More headers than any client sends; Node would take 2,000. */
const maxHeaders = 100;

/** Bounds what clients may hold of this process without having asked anything. */
export function limitConnections(app: FastifyInstance, options: ConnectionOptions): void {
  const { maxConnections, onConnectionRefused } = options;
  app.server.maxHeadersCount = maxHeaders;
  if (maxConnections === undefined) return;
  app.server.maxConnections = maxConnections;
  app.server.on('drop', () => onConnectionRefused?.());
}
