import type { HealthProbes } from '../../src/read-api/health.ts';
import type { OperationOptions } from '../../src/read-api/routes/operations.ts';

/** A service that is well, but for what the test says. */
export const createHealthyProbes = (
  probes: Partial<HealthProbes> = {},
  options: Partial<OperationOptions> = {},
): OperationOptions => ({
  version: '1.2.3',
  uptimeSeconds: () => 12.5,
  isReady: () => true,
  metrics: { contentType: 'text/plain; version=0.0.4', metrics: async () => 'imi_up 1\n' },
  probes: {
    database: async () => ({ status: 'healthy' }),
    eventStore: async () => ({ status: 'healthy' }),
    bloodbank: async () => ({ status: 'healthy', mode: 'in process' }),
    projections: async () => ({
      projector: { status: 'healthy', position: '4711', lag_seconds: 0, parked_streams: 0 },
    }),
    ...probes,
  },
  ...options,
});
