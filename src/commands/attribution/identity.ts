import type { EventStore } from '../../events/event-store.ts';
import { branchKeyOf, prLinkIdOf } from '../../events/ids.ts';
import type { Project } from '../../events/project.ts';
import { parseRepository } from '../../events/remote-origin.ts';
import type { WorkItem } from '../../events/work-item.ts';
import { workItems } from '../aggregate.ts';
import { type Lookup, registeredAt } from '../lookup.ts';
import { Reservations } from '../reservations.ts';
import type { Snapshots } from '../snapshots.ts';
import type { Sighting } from '../translation/observation.ts';

/** Active work as the read models know it: by where it is checked out, or by whose it is. */
export interface SightedWork {
  readonly id: string;
  readonly project_id: string;
  readonly branch_name: string;
  /** Machine of the checkout, when that was told. */
  readonly host: string | null;
}

/** Throws `StoreUnavailableError` while the read models cannot be asked. */
export interface FindSightedWork {
  inCheckout(path: string): Promise<readonly SightedWork[]>;
  ofAgent(agentId: string, projectId: string): Promise<readonly SightedWork[]>;
}

/** What a sighting is about, as far as iMi knows it. */
export interface Identity {
  readonly project: Project | null;
  /** The repository in its canonical form; null when it was not told, or is none of ours. */
  readonly remoteOrigin: string | null;
  /** Active or ended: the latest on the branch, else the active one in the checkout or of the agent. */
  readonly workItem: WorkItem | null;
}

/**
 * Finds out which project and work item a sighting is about (origin, branch, path, host, agent).
 * Origin and branch are looked up on the write side and so are never behind; a path or an agent is
 * looked up in the read models, which may be: what is missed by that is joined later by
 * `joinUntrackedWork`.
 */
export class IdentityResolver {
  readonly #lookup: Lookup;
  readonly #find: FindSightedWork;

  constructor(
    store: EventStore,
    snapshots: Snapshots,
    remoteHosts: readonly string[],
    find: FindSightedWork,
  ) {
    this.#lookup = { snapshots, reservations: new Reservations(store, snapshots), remoteHosts };
    this.#find = find;
  }

  /** Throws `StoreUnavailableError` while a store is away. */
  async resolve(where: Sighting): Promise<Identity> {
    const origins = parseRepository(where.remote_origin ?? '', this.#lookup.remoteHosts);
    const project = await registeredAt(origins, this.#lookup);
    const workItem =
      (await this.#onBranch(project, where)) ?? (await this.#elsewhere(project, where, origins));
    const remoteOrigin = project?.remote_origin ?? origins[0]?.display ?? null;
    return { project, remoteOrigin, workItem };
  }

  /** The work item that a pull request is linked to already. */
  async holderOfPr(project: Project, prNumber: number): Promise<WorkItem | null> {
    const key = prLinkIdOf(project.id, prNumber);
    const holder = await this.#lookup.reservations.bornHolder('pr', key);
    return holder === null ? null : this.#workItem(holder);
  }

  async #onBranch(project: Project | null, { branch_name }: Sighting): Promise<WorkItem | null> {
    if (project === null || branch_name === undefined) return null;
    const key = branchKeyOf(project.id, branch_name);
    const id = await this.#lookup.reservations.bornHolder('branch', key);
    return id === null ? null : this.#workItem(id);
  }

  async #elsewhere(
    project: Project | null,
    where: Sighting,
    origins: readonly unknown[],
  ): Promise<WorkItem | null> {
    const { worktree_path: path, branch_name, agent_id } = where;
    // Of another repository, or on another branch, than what is seen, it is other work.
    const fits = (work: SightedWork) =>
      (origins.length === 0 || work.project_id === project?.id) &&
      (branch_name === undefined || work.branch_name === branch_name);
    const isHere = ({ host }: SightedWork) =>
      host === null || where.host === undefined || host === where.host;
    const here = path === undefined ? [] : await this.#find.inCheckout(path);
    const atPlace = here.filter((work) => isHere(work) && fits(work));
    const mayBeTheirs = atPlace.length === 0 && branch_name === undefined;
    const found =
      mayBeTheirs && project && agent_id !== undefined
        ? await this.#find.ofAgent(agent_id, project.id)
        : atPlace;
    // Of several it could be any.
    const [only] = found;
    return only && found.length === 1 ? this.#workItem(only.id) : null;
  }

  async #workItem(id: string): Promise<WorkItem | null> {
    return (await this.#lookup.snapshots.refresh(workItems, id)).state;
  }
}
