import { randomUUID } from 'node:crypto';
import { Backoff } from '../backoff.ts';
import type { Config } from '../config.ts';
import { StoreUnavailableError } from '../events/event-store.ts';
import { knownPlaneProjects, planeProjects } from './aggregate.ts';
import type { CommandHandler } from './command.ts';
import type { Snapshots } from './snapshots.ts';
import type { IsTicketIdentifier } from './translation/plane.ts';

type Declared = Config['planeProjects'];

/**
 * Tells which identifiers ticket keys begin with: those of `IMI_PLANE_PROJECTS` and those heard of
 * from Plane. Used where a text may name a ticket, or something else of the same form.
 */
export function knownTicketIdentifiers(
  declared: Declared,
  snapshots: Snapshots,
): () => Promise<IsTicketIdentifier> {
  return async () => {
    const { state } = await snapshots.refresh(planeProjects, knownPlaneProjects);
    const heard = [...(state?.values() ?? [])];
    const known = new Set([...declared, ...heard].map(({ identifier }) => identifier));
    return (identifier) => known.has(identifier);
  };
}

/** The same for who says that it is a ticket: believed, as long as nobody has declared any. */
export const ticketIdentifiers = (
  declared: Declared,
  snapshots: Snapshots,
): (() => Promise<IsTicketIdentifier>) =>
  declared.length === 0 ? async () => () => true : knownTicketIdentifiers(declared, snapshots);

export interface TellOptions {
  readonly handler: CommandHandler;
  readonly hostname: string;
  /** RFC 3339 UTC. */
  readonly now: () => string;
}

const backoff = { firstMs: 200, maxMs: 5000 };

/**
 * Records the projects of `IMI_PLANE_PROJECTS`, so that they complete tickets that came before.
 * Waits for a store that is away; ends early when the signal aborts.
 */
export async function tellPlaneProjects(
  declared: Declared,
  { handler, hostname, now }: TellOptions,
  signal: AbortSignal,
): Promise<void> {
  const waits = new Backoff(backoff);
  for (const { id, identifier } of declared) {
    const commandId = randomUUID();
    const tell = () =>
      handler.handle({
        name: 'observe_plane_project',
        id: commandId,
        fresh: true,
        correlationId: commandId,
        causationId: commandId,
        actor: 'settings',
        source: { host: hostname, type: 'service', app: 'imi' },
        body: { plane_project_id: id, identifier },
        now: now(),
      });
    while (!signal.aborted) {
      try {
        await tell();
        break;
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) throw error;
        await waits.wait(signal);
      }
    }
  }
}
