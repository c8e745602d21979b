import { componentIdOf, prLinkIdOf, projectIdOf } from '../events/ids.ts';
import { parseRemoteOrigin } from '../events/remote-origin.ts';
import type { IncomingCommand } from './command.ts';

/** What a command is about: it follows earlier ones on an `alone` key, and earlier `alone` ones on a `shared` key. */
interface Subjects {
  readonly alone: readonly string[];
  readonly shared: readonly string[];
}

interface Lane {
  /** The last command that had the subject alone. */
  alone: Promise<unknown>;
  /** All that have shared it since. */
  shared: Promise<unknown>;
}

const done = Promise.resolve();

/**
 * Settles commands about one thing in the order they came, all others side by side: what a sender
 * says in order, such as register, start, update, must not overtake itself. Commands about a branch
 * follow those about its project, and each other.
 */
export class ArrivalOrder {
  readonly #lanes = new Map<string, Lane>();
  readonly #remoteHosts: readonly string[];
  readonly #underway = new Set<Promise<unknown>>();
  /** What all that comes has to follow, whatever it is about. */
  #barrier: Promise<unknown> | null = null;

  constructor(remoteHosts: readonly string[]) {
    this.#remoteHosts = remoteHosts;
  }

  /** Runs the task when all that it has to follow is settled, well or not. */
  async run<T>(command: IncomingCommand, task: () => Promise<T>): Promise<T> {
    const { alone, shared } = subjectsOf(command.body, this.#remoteHosts);
    const before = [
      ...alone.flatMap((key) => [this.#lane(key).alone, this.#lane(key).shared]),
      ...shared.map((key) => this.#lane(key).alone),
    ];
    const current = Promise.allSettled(
      this.#barrier === null ? before : [...before, this.#barrier],
    ).then(task);
    const settled = this.#enter(current);
    for (const key of alone) this.#lanes.set(key, { alone: settled, shared: done });
    for (const key of shared) {
      const lane = this.#lane(key);
      lane.shared = Promise.all([lane.shared, settled]);
      this.#lanes.set(key, lane);
    }
    try {
      return await current;
    } finally {
      for (const key of [...alone, ...shared]) this.#clear(key);
    }
  }

  /** Runs a task that may be about anything: after all that came before it, and before all that comes. */
  async runAlone<T>(task: () => Promise<T>): Promise<T> {
    const current = Promise.allSettled([...this.#underway]).then(task);
    const settled = this.#enter(current);
    this.#barrier = settled;
    try {
      return await current;
    } finally {
      if (this.#barrier === settled) this.#barrier = null;
    }
  }

  #enter(current: Promise<unknown>): Promise<unknown> {
    const settled: Promise<unknown> = current
      .catch(() => {})
      .finally(() => this.#underway.delete(settled));
    this.#underway.add(settled);
    return settled;
  }

  #lane(key: string): Lane {
    return this.#lanes.get(key) ?? { alone: done, shared: done };
  }

  /** Forgets a lane that nobody is in any more. */
  #clear(key: string): void {
    const lane = this.#lanes.get(key);
    if (lane === undefined) return;
    const { alone, shared } = lane;
    Promise.all([alone, shared]).then(() => {
      const unchanged = lane.alone === alone && lane.shared === shared;
      if (unchanged && this.#lanes.get(key) === lane) this.#lanes.delete(key);
    });
  }
}

type Fields = { readonly [field: string]: unknown };

/** Reads the subjects off a body that nobody has checked yet; a body without any follows nothing. */
function subjectsOf(body: unknown, remoteHosts: readonly string[]): Subjects {
  const fields = (body ?? {}) as Fields;
  const { work_item_id, project_id, remote_origin, branch_name } = fields;
  const componentIds = componentsIn(fields);
  if (componentIds.length > 0) {
    return { alone: componentIds, shared: lowerCased(fields.parent_project_id) };
  }
  if (typeof work_item_id === 'string') return { alone: [work_item_id.toLowerCase()], shared: [] };
  const origin =
    typeof remote_origin === 'string' ? parseRemoteOrigin(remote_origin, remoteHosts) : null;
  const projects = [...(origin ? [projectIdOf(origin.key)] : []), ...lowerCased(project_id)];
  const pullRequests = pullRequestsIn(fields, projects);
  if (typeof branch_name === 'string') {
    const branches = projects.map((id) => `${id} ${branch_name}`);
    return { alone: [...branches, ...pullRequests], shared: projects };
  }
  if (pullRequests.length > 0) return { alone: pullRequests, shared: projects };
  const ticket = lowerCased(fields.plane_issue_id ?? fields.plane_ticket_id);
  return { alone: projects.length > 0 ? projects : ticket, shared: [] };
}

/** The pull requests that a body names: by its link, or by its number in a project. */
function pullRequestsIn({ pr_link_id, pr_number }: Fields, projects: readonly string[]): string[] {
  const derived =
    typeof pr_number === 'number' ? projects.map((id) => prLinkIdOf(id, pr_number)) : [];
  return [...new Set([...derived, ...lowerCased(pr_link_id)])];
}

/** The components that a body names, both ends of a relationship included. */
function componentsIn({ parent_project_id, name, ...fields }: Fields): string[] {
  const named = [fields.component_id, fields.source_component_id, fields.target_component_id];
  const derived =
    typeof parent_project_id === 'string' && typeof name === 'string'
      ? [componentIdOf(parent_project_id.toLowerCase(), name.trim())]
      : [];
  return [...new Set([...derived, ...named.flatMap(lowerCased)])];
}

const lowerCased = (id: unknown): string[] => (typeof id === 'string' ? [id.toLowerCase()] : []);
