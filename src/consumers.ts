import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { BloodbankConnection } from './bloodbank/connection.ts';
import { type AnsweringHandler, QueueConsumer } from './bloodbank/consumer.ts';
import type { InboundMessage } from './bloodbank/envelope-in.ts';
import { consumedQueues, type QueueName, topologyOf } from './bloodbank/topology.ts';
import { attribute } from './commands/attribution/attribute.ts';
import { IdentityResolver } from './commands/attribution/identity.ts';
import { bloodbankDoor } from './commands/bloodbank-door.ts';
import type { CommandHandler } from './commands/command.ts';
import { commandNames } from './commands/definitions.ts';
import { eventDoor } from './commands/event-door.ts';
import { mutationDoor } from './commands/mutation-door.ts';
import { ticketIdentifiers } from './commands/plane-projects.ts';
import { projectReader } from './commands/project-reader.ts';
import type { Snapshots } from './commands/snapshots.ts';
import { translateDeploy } from './commands/translation/deploy.ts';
import { translateGit } from './commands/translation/git.ts';
import { translatePlane } from './commands/translation/plane.ts';
import { translateMutation } from './commands/translation/tool-mutation.ts';
import type { Directed, Translation } from './commands/translation/translation.ts';
import type { Config } from './config.ts';
import type { EventStore } from './events/event-store.ts';
import type { Metrics } from './metrics.ts';
import type { Tables } from './projections/database.ts';
import { projectsNamedIn } from './projections/projects-named.ts';
import { sightedWorkIn } from './projections/sighted-work.ts';
import { liveSchema } from './projections/tables.ts';
import type { PositionWaiter } from './projections/waiter.ts';
import type { Tracing } from './telemetry/tracing.ts';

/** What consumers need of the process. */
interface Parts {
  readonly config: Config;
  readonly log: Logger;
  readonly store: EventStore;
  readonly snapshots: Snapshots;
  readonly db: Kysely<Tables>;
  readonly waiter: PositionWaiter;
  readonly inbound: BloodbankConnection;
  readonly tracing: Tracing | null;
  /** RFC 3339 UTC. */
  readonly now: () => string;
}

// Deeper than any body the ecosystem sends, and no strain on a recursive reader.
const maxDepth = 32;

// GitHub's own limit on its webhooks: a push of 2,000 commits is larger than any command.
const maxWebhookBytes = 25 * 1024 * 1024;

/** A consumer of each queue, with the handler of what comes in it; none of them runs yet. */
export function consumersOf(
  { config, log, inbound, store, snapshots, db, waiter, tracing, now }: Parts,
  handler: CommandHandler,
  metrics: Metrics,
): readonly QueueConsumer[] {
  const { exchange, queues } = topologyOf(config.exchangeName, commandNames);
  const { remoteHosts } = config;
  const limits = { maxBytes: config.bodyLimit, maxDepth };
  const webhookLimits = { maxBytes: maxWebhookBytes, maxDepth };
  const doors = { handler, remoteHosts, limits, log, now };
  const identifiers = ticketIdentifiers(config.planeProjects, snapshots);
  const sighted = sightedWorkIn({ db, schema: liveSchema });
  const resolver = new IdentityResolver(store, snapshots, remoteHosts, sighted);
  const direct = async (translation: Translation): Promise<Directed> =>
    translation.kind === 'observation' ? attribute(translation.observation, resolver) : translation;
  const eventsOf = (queue: QueueName, translate: (message: InboundMessage) => Promise<Directed>) =>
    eventDoor({
      ...doors,
      limits: webhookLimits,
      translate,
      onIgnored: (reason) => metrics.messageIgnored(queue, reason),
    });
  // A queue that is announced has a handler here: the compiler compares.
  const handlers: { readonly [Q in QueueName]: AnsweringHandler } = {
    'imi.commands': bloodbankDoor({
      ...doors,
      commandNames,
      readProject: projectReader(snapshots),
      projectsNamed: projectsNamedIn({ db, schema: liveSchema }, waiter),
      hostname: config.hostname,
    }),
    'imi.plane_events': eventsOf('imi.plane_events', async (message) =>
      direct(translatePlane(message, await identifiers())),
    ),
    'imi.git_events': eventsOf('imi.git_events', (message) => direct(translateGit(message))),
    'imi.deploy_events': eventsOf('imi.deploy_events', (message) =>
      direct(translateDeploy(message)),
    ),
    'imi.mutation_events': mutationDoor({
      ...doors,
      translate: translateMutation,
      attribute: (observation) => attribute(observation, resolver),
      onIgnored: (reason) => metrics.messageIgnored('imi.mutation_events', reason),
      prefetch: config.prefetch,
    }),
  };
  return consumedQueues.map(
    (queue) =>
      new QueueConsumer({
        connection: inbound,
        exchange,
        queue: queues[queue],
        queueType: config.queueType,
        prefetch: config.prefetch,
        handle: tracing === null ? handlers[queue] : inTraceOfSender(tracing, handlers[queue]),
        log,
        now,
      }),
  );
}

const inTraceOfSender =
  (tracing: Tracing, handle: AnsweringHandler): AnsweringHandler =>
  (delivery, announce) =>
    tracing.inTraceOf(delivery.traceparent, () => handle(delivery, announce));
