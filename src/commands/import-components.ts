import { ImiError } from '../errors.ts';
import type { EventStore } from '../events/event-store.ts';
import { componentIdOf, importedCommandIdOf } from '../events/ids.ts';
import type { Project } from '../events/project.ts';
import { projects, streamOf } from './aggregate.ts';
import type { CommandHandler, IncomingCommand, PlannedEvent } from './command.ts';
import { CommandIds, idReusedRefusal, requestHashOf } from './command-ids.ts';
import type { ManifestEntry } from './component-manifest.ts';
import { type Lookup, projectOf } from './lookup.ts';
import { Reservations } from './reservations.ts';
import type { Snapshots } from './snapshots.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

export interface ComponentImporterOptions {
  readonly handler: CommandHandler;
  readonly store: EventStore;
  readonly snapshots: Snapshots;
  readonly remoteHosts: readonly string[];
  /** All components of a project, as of a position at the least. Throws when that takes too long. */
  readonly componentsOf: (projectId: string, position: bigint | null) => Promise<readonly Named[]>;
}

/** A `components.toml` that was read, and the project it belongs to. */
export interface ComponentImport {
  readonly parent: {
    readonly parent_project_id?: string | undefined;
    readonly remote_origin?: string | undefined;
  };
  readonly entries: readonly ManifestEntry[];
}

interface ImportedComponent {
  readonly component_id: string;
  readonly name: string;
}

export interface Imported {
  readonly parent_project_id: string;
  readonly created: ImportedComponent[];
  readonly updated: ImportedComponent[];
  readonly unchanged: ImportedComponent[];
  readonly disabled: ImportedComponent[];
  /** Place in `$all` up to which a read model must have come to show it; null for a dry run. */
  readonly position: bigint | null;
}

interface Settled {
  readonly events: readonly Pick<PlannedEvent, 'type' | 'data'>[];
  readonly componentId: string | undefined;
  readonly position: bigint | null;
}

/** Carries out a command, or rehearses it. Throws its refusal. */
type Settle = (command: IncomingCommand) => Promise<Settled>;

// Each is a stream of its own, so they need not wait for one another; nor should one import have
// the store for itself.
const sideBySide = 16;

/**
 * Imports a `components.toml` (spec/domain.md, "Component"): registers what is in it, disables what
 * is not. Each change is a command of its own, whose id derives from that of the import: cut off in
 * the middle, the same import finishes, and done again it changes nothing.
 */
export class ComponentImporter {
  readonly #options: ComponentImporterOptions;
  readonly #commandIds: CommandIds;
  readonly #lookup: Lookup;

  constructor(options: ComponentImporterOptions) {
    const { store, snapshots, remoteHosts } = options;
    this.#options = options;
    this.#commandIds = new CommandIds(store);
    this.#lookup = { snapshots, reservations: new Reservations(store, snapshots), remoteHosts };
  }

  /**
   * Throws the refusal of a parent that is not there or not active, and `CONFLICT` for an id that
   * was used for anything else.
   */
  async run(command: IncomingCommand, asked: ComponentImport): Promise<Imported> {
    const project = await this.#parentOf(asked);
    if (!command.fresh) await this.#claim(command, project, asked);
    return this.#import(command, project, asked, async (change) => {
      const outcome = await this.#options.handler.handle(change);
      if (outcome.status === 'rejected') throw refused(outcome.error);
      const { events, ids, position } = outcome;
      return { events, componentId: ids.component_id, position };
    });
  }

  /** What `run` would answer now; nothing is written. */
  async rehearse(command: IncomingCommand, asked: ComponentImport): Promise<Imported> {
    const project = await this.#parentOf(asked);
    return this.#import(command, project, asked, async (change) => {
      const rehearsal = await this.#options.handler.rehearse(change);
      if (rehearsal.status === 'rejected') throw refused(rehearsal.error);
      const { events } = rehearsal;
      const ids = rehearsal.status === 'unchanged' ? rehearsal.ids : events[0]?.data;
      return { events, componentId: ids?.component_id as string | undefined, position: null };
    });
  }

  async #import(
    command: IncomingCommand,
    project: Project,
    { entries }: ComponentImport,
    settle: Settle,
  ): Promise<Imported> {
    const registered = await inTurn(entries, async ({ name, ...face }) => {
      const body = { parent_project_id: project.id, name, ...face };
      const settled = await settle(partOf(command, 'register_component', body, name));
      const component_id = settled.componentId ?? componentIdOf(project.id, name);
      return { ...settled, component: { component_id, name } };
    });
    const listed = new Set(entries.map(({ name }) => name));
    const position = latest(registered);
    const all = await this.#options.componentsOf(project.id, position);
    const gone = all.filter(({ name }) => !listed.has(name));
    // Those that are disabled already too: they are unchanged, unless this very import did it.
    const disabled = await inTurn(gone, async ({ id, name }) => {
      const body = { component_id: id, enabled: false };
      const settled = await settle(partOf(command, 'update_component', body, id));
      return { ...settled, component: { component_id: id, name } };
    });
    const having = (from: typeof registered, type: string | undefined) =>
      from.filter(({ events }) => events[0]?.type === type).map(({ component }) => component);
    return {
      parent_project_id: project.id,
      created: having(registered, 'imi.component.registered'),
      updated: having(registered, 'imi.component.updated'),
      unchanged: having(registered, undefined),
      disabled: having(disabled, 'imi.component.updated'),
      position: latest([...registered, ...disabled]),
    };
  }

  async #parentOf({ parent }: ComponentImport): Promise<Project> {
    const { parent_project_id, remote_origin } = parent;
    const project = await projectOf({ project_id: parent_project_id, remote_origin }, this.#lookup);
    if (project?.active) return project;
    const message = project ? 'Parent project is not active' : 'Parent project not found';
    throw new ImiError('NOT_FOUND', message, { ...parent });
  }

  /** Binds the import's id to what it asks, as the handler does with those of single commands. */
  async #claim(command: IncomingCommand, project: Project, asked: ComponentImport): Promise<void> {
    const hash = requestHashOf(command.name, { project_id: project.id, entries: asked.entries });
    const earlier = await this.#commandIds.claim(command, streamOf(projects, project.id), hash);
    if (earlier === null) return;
    if (earlier.kind === 'refused' || earlier.requestHash !== hash) {
      throw refused(idReusedRefusal(command.id));
    }
  }
}

/** The command for one change of an import. */
function partOf(
  { originalId: _id, ifRevision: _revision, ...origin }: IncomingCommand,
  name: string,
  body: object,
  subject: string,
): IncomingCommand {
  const id = importedCommandIdOf(origin.id, `${name} ${subject}`);
  return { ...origin, name, id, causationId: origin.id, body };
}

async function inTurn<T, R>(items: readonly T[], task: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += sideBySide) {
    results.push(...(await Promise.all(items.slice(from, from + sideBySide).map(task))));
  }
  return results;
}

const latest = (settled: readonly Settled[]): bigint | null =>
  settled.reduce<bigint | null>(
    (last, { position }) =>
      position !== null && (last === null || position > last) ? position : last,
    null,
  );

const refused = ({ code, message, params }: ImiError['refusal']): ImiError =>
  new ImiError(code, message, params);
