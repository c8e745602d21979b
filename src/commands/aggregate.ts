import { decodeEvent, type ImiEvent, publicPrefix } from '../events/catalogue.ts';
import { type Component, type ComponentEvent, evolveComponent } from '../events/component.ts';
import { type Deploy, type DeployEvent, evolveDeploy } from '../events/deploy.ts';
import type { JsonObject, RecordedEvent } from '../events/event-store.ts';
import {
  evolvePlaneProjects,
  type PlaneProjectEvent,
  type PlaneProjects,
} from '../events/plane-project.ts';
import { evolveProject, type Project, type ProjectEvent } from '../events/project.ts';
import { evolveTicket, type Ticket, type TicketEvent } from '../events/ticket.ts';
import { evolveUntracked, type UntrackedEvent, type UntrackedWork } from '../events/untracked.ts';
import { evolveWorkItem, type WorkItem, type WorkItemEvent } from '../events/work-item.ts';

/** `unborn`: nothing but bookkeeping so far. An `ended` entity no longer needs what it had reserved. */
export type Standing = 'unborn' | 'active' | 'ended';

/** What one thing that a state remembers takes, about: a link, a commit, the id of a command. */
export const bytesOfAThing = 150;

/** How the streams of one kind of entity are folded. */
export interface Aggregate<S> {
  /** First part of the stream's name, `{category}-{id}`. */
  readonly category: string;
  evolve(state: S | null, event: ImiEvent): S;
  standing(state: S | null): Standing;
  /** How many things a state remembers that grow in number or size, for the memory it takes. */
  remembered?(state: S): number;
}

const weights = new WeakMap<JsonObject, number>();

/** What an object of the sender's own weighs, in things remembered: it may be as large as a thousand. */
function weightOf(metadata: JsonObject): number {
  let weight = weights.get(metadata);
  if (weight === undefined) {
    weight = Math.ceil(JSON.stringify(metadata).length / bytesOfAThing);
    weights.set(metadata, weight);
  }
  return weight;
}

export const projects: Aggregate<Project> = {
  category: 'project',
  evolve: (state, event) =>
    evolveProject(state, event as ImiEvent & ProjectEvent, event.metadata.occurred_at),
  // A remote_origin stays with its project for good, active or not.
  standing: (state) => (state === null ? 'unborn' : 'active'),
  remembered: ({ metadata, description }) =>
    weightOf(metadata) + (description ?? '').length / bytesOfAThing,
};

export const workItems: Aggregate<WorkItem> = {
  category: 'work_item',
  evolve: (state, event) =>
    evolveWorkItem(state, event as ImiEvent & WorkItemEvent, event.metadata.occurred_at),
  standing: (state) => (state === null ? 'unborn' : state.active ? 'active' : 'ended'),
  remembered: ({ tickets, prs, pushed_commits, touched_paths, metadata }) =>
    [...tickets, ...prs].reduce((sum, link) => sum + 1 + weightOf(link.metadata), 0) +
    pushed_commits.length +
    touched_paths.length +
    weightOf(metadata),
};

export const deploys: Aggregate<Deploy> = {
  category: 'deploy',
  evolve: (state, event) =>
    evolveDeploy(state, event as ImiEvent & DeployEvent, event.metadata.occurred_at),
  standing: (state) => (state === null ? 'unborn' : 'active'),
  remembered: ({ deployment_commits, work_item_ids }) =>
    deployment_commits.length + work_item_ids.length,
};

export const components: Aggregate<Component> = {
  category: 'component',
  evolve: (state, event) =>
    evolveComponent(state, event as ImiEvent & ComponentEvent, event.metadata.occurred_at),
  // A name stays with its component for good, enabled or not.
  standing: (state) => (state === null ? 'unborn' : 'active'),
  remembered: ({ metadata, relationships }) =>
    relationships.reduce((sum, related) => sum + 1 + weightOf(related.metadata), 0) +
    weightOf(metadata),
};

export const tickets: Aggregate<Ticket> = {
  category: 'ticket',
  evolve: (state, event) =>
    evolveTicket(state, event as ImiEvent & TicketEvent, event.metadata.occurred_at),
  // An issue keeps its key for good, deleted or not.
  standing: (state) => (state === null ? 'unborn' : 'active'),
};

/** What moves on a branch, or in a checkout, that nobody registered. */
export const untrackedPlaces: Aggregate<UntrackedWork> = {
  category: 'untracked',
  evolve: (state, event) => evolveUntracked(state, event as ImiEvent & UntrackedEvent),
  standing: (state) => (state === null ? 'unborn' : 'active'),
  remembered: ({ commits, paths, prs }) => 3 * commits.length + paths.length + prs.length,
};

/** All of Plane's projects in one stream: there are few, and a ticket key may need any of them. */
export const planeProjects: Aggregate<PlaneProjects> = {
  category: 'plane_projects',
  evolve: (state, event) => evolvePlaneProjects(state, event as ImiEvent & PlaneProjectEvent),
  standing: (state) => (state === null ? 'unborn' : 'active'),
};

/** Id of the one entity of `planeProjects`. */
export const knownPlaneProjects = 'known';

export const streamOf = (aggregate: Aggregate<unknown>, id: string): string =>
  `${aggregate.category}-${id}`;

/** Id of the entity whose stream this is. */
export const entityIdOf = (streamId: string): string => streamId.slice(streamId.indexOf('-') + 1);

/**
 * An entity folded up to a revision, with the place of every command's outcome in its stream: the
 * stream is what decides, between processes too, which outcome a command has.
 */
export class Snapshot<S> {
  state: S | null = null;
  /** Last revision folded; −1 before the first. */
  revision = -1;
  /** Last revision that changed the state: the entity's ETag. */
  changedAt = -1;
  /** What the state remembers, by number. */
  remembered = 0;
  /** Position of the last public event, the ones that read models follow. */
  position: bigint | null = null;
  /** Command id → revision of the first event it wrote. */
  readonly outcomes = new Map<string, number>();

  /**
   * Folds the stream's next event; one that was folded before is passed over. `read` gives its
   * payload: one that was checked when it was written need not be checked again.
   */
  fold(aggregate: Aggregate<S>, event: RecordedEvent, read = decodeEvent): void {
    if (event.revision <= this.revision) return;
    if (event.type.startsWith(publicPrefix)) this.position = event.position;
    if (event.type.startsWith(publicPrefix) && event.type !== 'imi.cmd.failed') {
      this.state = aggregate.evolve(this.state, read(event));
      this.remembered = aggregate.remembered?.(this.state) ?? 0;
      this.changedAt = event.revision;
    }
    const { command_id } = event.metadata;
    if (event.type !== 'reservation.voided' && !this.outcomes.has(command_id)) {
      this.outcomes.set(command_id, event.revision);
    }
    this.revision = event.revision;
  }
}
