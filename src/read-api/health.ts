import { within } from '../within.ts';

export type Condition = 'healthy' | 'degraded' | 'unhealthy';

/** How a part of iMi is, with whatever else its owner wants to show. */
export interface PartHealth {
  readonly status: Condition;
  readonly [detail: string]: unknown;
}

export interface ProjectionHealth extends PartHealth {
  /** Decimal; null before the first event. */
  readonly position: string | null;
  readonly lag_seconds: number;
}

/** What health is made of; a probe that throws, or does not answer in time, tells `unhealthy`. */
export interface HealthProbes {
  readonly database: () => Promise<PartHealth>;
  readonly eventStore: () => Promise<PartHealth>;
  readonly bloodbank: () => Promise<PartHealth>;
  readonly projections: () => Promise<{ readonly [name: string]: ProjectionHealth }>;
  /** Hears of probes that throw; the answer itself does not say why. */
  readonly onError?: (part: string, error: unknown) => void;
}

export interface Health {
  readonly status: Condition;
  readonly database: PartHealth;
  readonly event_store: PartHealth;
  readonly bloodbank: PartHealth;
  readonly projections: { readonly [name: string]: ProjectionHealth };
}

const probeTimeoutMs = 3000;
const unhealthy: PartHealth = { status: 'unhealthy' };

/**
 * How iMi is (spec/http.md, `GET /health`). Unhealthy means that it cannot serve reads; all else
 * that is wrong is degraded: reads go on without the event store, the bus or a projector.
 */
export async function checkHealth(probes: HealthProbes): Promise<Health> {
  const probe = async <T>(part: string, ask: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await within(probeTimeoutMs, ask());
    } catch (error) {
      probes.onError?.(part, error);
      return otherwise;
    }
  };
  const [database, event_store, bloodbank, projections] = await Promise.all([
    probe('database', probes.database, unhealthy),
    probe('event_store', probes.eventStore, unhealthy),
    probe('bloodbank', probes.bloodbank, unhealthy),
    probe('projections', probes.projections, null),
  ]);
  const parts = [database, event_store, bloodbank, ...Object.values(projections ?? {})];
  const status =
    database.status === 'unhealthy'
      ? 'unhealthy'
      : projections === null || parts.some((part) => part.status !== 'healthy')
        ? 'degraded'
        : 'healthy';
  return { status, database, event_store, bloodbank, projections: projections ?? {} };
}
