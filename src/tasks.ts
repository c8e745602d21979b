import { Publisher } from './bloodbank/publisher.ts';
import type { Clients } from './clients.ts';
import type { CommandHandler } from './commands/command.ts';
import { knownTicketIdentifiers } from './commands/plane-projects.ts';
import { completeMergedWork } from './commands/policies/complete-merged-work.ts';
import { completeTicketsOfKnownProjects } from './commands/policies/complete-tickets-of-known-projects.ts';
import { endWorkOfInactiveProjects } from './commands/policies/end-work-of-inactive-projects.ts';
import { joinUntrackedWork } from './commands/policies/join-untracked-work.ts';
import { linkNamedTickets } from './commands/policies/link-named-tickets.ts';
import { runPolicies } from './commands/policies/run-policies.ts';
import { v2EventsOf } from './commands/translation/v2-events.ts';
import type { Metrics } from './metrics.ts';
import { now } from './now.ts';
import { activeWorkOf } from './projections/active-work.ts';
import { runProjector } from './projections/projector.ts';
import { liveSchema } from './projections/tables.ts';
import { unnamedTicketsOf } from './projections/unnamed-tickets.ts';
import { untrackedPlacesIn } from './projections/untracked-places.ts';

/** Something that runs until its signal aborts, and ends by itself then. */
export type Task = (signal: AbortSignal) => Promise<void>;

/** Sends every event to Bloodbank. */
export const publisherOf = (
  { config, log, store, outbound, tracing }: Clients,
  metrics: Metrics,
): Publisher =>
  new Publisher({
    store,
    connection: outbound,
    exchange: config.exchangeName,
    hostname: config.hostname,
    log,
    now,
    ...(config.publishV2Events && { alsoSaid: v2EventsOf }),
    onPublished: ({ metadata }) => metrics.published(metadata.occurred_at),
    ...(tracing && { onSend: tracing.publication }),
  });

/** Brings the read models up to date, batch by batch. */
export const projectorOf =
  ({ store, projecting, log, waiter, tracing }: Clients, metrics: Metrics): Task =>
  (signal) =>
    runProjector({
      store,
      db: projecting,
      schema: liveSchema,
      log,
      signal,
      onPosition: (position) => waiter.reached(position),
      isAwaited: () => waiter.isAwaited,
      onProjected: (events, seconds) => {
        metrics.projected(events.map(({ metadata }) => metadata.occurred_at));
        tracing?.projection(events, seconds);
      },
    });

/** Reacts to what has happened with commands of its own. */
export function policiesOf(
  { store, snapshots, config, log, db, waiter }: Clients,
  handler: CommandHandler,
): Task {
  const activeWork = (projectId: string, position: bigint) =>
    activeWorkOf({ db, schema: liveSchema }, waiter, projectId, position);
  const unnamed = (planeProjectId: string, position: bigint) =>
    unnamedTicketsOf({ db, schema: liveSchema }, waiter, planeProjectId, position);
  const policies = [
    endWorkOfInactiveProjects(snapshots, activeWork),
    completeMergedWork(snapshots),
    completeTicketsOfKnownProjects(unnamed),
    joinUntrackedWork(snapshots, untrackedPlacesIn({ db, schema: liveSchema }, waiter)),
    linkNamedTickets(snapshots, knownTicketIdentifiers(config.planeProjects, snapshots)),
  ];
  const { hostname } = config;
  return (signal) => runPolicies({ store, handler, policies, hostname, log, now }, signal);
}
