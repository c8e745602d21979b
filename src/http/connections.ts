import type { FastifyInstance } from 'fastify';

export interface ConnectionOptions {
  /** Connections open at once; one more is closed before anything is read of it. Absent: no limit. */
  readonly maxConnections?: number;
  readonly onConnectionRefused?: () => void;
}

/** Bounds what clients may hold of this process without having asked anything. */
export function limitConnections(app: FastifyInstance, options: ConnectionOptions): void {
  const { maxConnections, onConnectionRefused } = options;
  // Their size is bounded. By number Node would leave some out and go on, a condition perhaps.
  app.server.maxHeadersCount = 0;
  if (maxConnections === undefined) return;
  app.server.maxConnections = maxConnections;
  app.server.on('drop', () => onConnectionRefused?.());
}
