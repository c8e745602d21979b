import { componentCommands } from './commands/http/component-commands.ts';
import { componentImports } from './commands/http/component-imports.ts';
import { deployCommands } from './commands/http/deploy-commands.ts';
import { linkCommands } from './commands/http/link-commands.ts';
import { prLinkCommands } from './commands/http/pr-link-commands.ts';
import { projectCommands } from './commands/http/project-commands.ts';
import { workItemCommands } from './commands/http/work-item-commands.ts';
import { WriteDoor, type WriteDoorOptions } from './commands/http/write-door.ts';
import { ComponentImporter } from './commands/import-components.ts';
import type { Snapshots } from './commands/snapshots.ts';
import type { EventStore } from './events/event-store.ts';
import { type Consistency, comeTo } from './http/consistency.ts';
import { schemaRoutes } from './http/contract-routes.ts';
import type { EventFeed } from './read-api/events/event-feed.ts';
import { findRelationship } from './read-api/queries/component-relationships.ts';
import { componentsOfProject, findComponent } from './read-api/queries/components.ts';
import { findDeploy } from './read-api/queries/deploys.ts';
import { findPrLink } from './read-api/queries/pr-links.ts';
import { findProject } from './read-api/queries/projects.ts';
import { findTicketLink } from './read-api/queries/ticket-links.ts';
import { findWorkItem } from './read-api/queries/work-items.ts';
import type { ReadDatabase } from './read-api/read-database.ts';
import { componentReads } from './read-api/routes/component-reads.ts';
import { conflictReads } from './read-api/routes/conflict-reads.ts';
import { eventReads } from './read-api/routes/event-reads.ts';
import { eventStreamRoute } from './read-api/routes/event-stream.ts';
import { historyReads } from './read-api/routes/history-reads.ts';
import { linkReads } from './read-api/routes/link-reads.ts';
import { projectReads } from './read-api/routes/project-reads.ts';
import { statsReads } from './read-api/routes/stats-reads.ts';
import { traceReads } from './read-api/routes/trace-reads.ts';
import { untrackedReads } from './read-api/routes/untracked-reads.ts';
import { workItemReads } from './read-api/routes/work-item-reads.ts';
import type { Terms } from './read-api/standing.ts';

export interface ApiRoutesOptions extends WriteDoorOptions {
  readonly store: EventStore;
  readonly snapshots: Snapshots;
  readonly db: ReadDatabase;
  readonly remoteHosts: readonly string[];
  readonly feed: EventFeed;
  /** Clients that may follow the live events at once. */
  readonly maxStreams: number;
  readonly staleDays: number;
}

/** Every route under `/api/v1`: the doors of the command handler, and the reads. */
export function apiRoutes(options: ApiRoutesOptions) {
  const { handler, store, snapshots, db, remoteHosts, feed, waitFor, timeoutMs } = options;
  const consistency: Consistency = { waitFor, timeoutMs };
  const door = new WriteDoor(options);
  const terms = (): Terms => ({ now: options.now(), staleDays: options.staleDays });
  const reads = { db, remoteHosts, terms, ...consistency };
  const componentsOf = async (projectId: string, position: bigint | null) => {
    if (position !== null) await comeTo(consistency, position);
    return componentsOfProject(db, projectId);
  };
  const importer = new ComponentImporter({ handler, store, snapshots, remoteHosts, componentsOf });
  return [
    projectCommands({ door, readProject: (id) => findProject(db, id) }),
    workItemCommands({ door, readWorkItem: (id) => findWorkItem(db, id, terms()) }),
    linkCommands({ door, readTicketLink: (id) => findTicketLink(db, id) }),
    prLinkCommands({ door, readPrLink: (id) => findPrLink(db, id) }),
    deployCommands({ door, readDeploy: (deployId) => findDeploy(db, deployId) }),
    componentCommands({
      door,
      readComponent: (id) => findComponent(db, id),
      readRelationship: (id) => findRelationship(db, id),
    }),
    componentImports({ door, importer }),
    componentReads(reads),
    projectReads(reads),
    workItemReads(reads),
    untrackedReads(reads),
    conflictReads(reads),
    linkReads(reads),
    traceReads(reads),
    statsReads(reads),
    historyReads({ store }),
    schemaRoutes(async () => (await import('./contract/schema-documents.ts')).schemaDocuments()),
    eventReads({ store }),
    eventStreamRoute({ feed, maxStreams: options.maxStreams }),
  ];
}
