import type { ImiEvent } from '../events/catalogue.ts';
import { type Deploy, type DeployEvent, deployEvents, evolveDeploy } from '../events/deploy.ts';
import { deployPartIdOf, toUuid } from '../events/ids.ts';
import type { Generation } from './generation.ts';
import { KnownRows } from './known-rows.ts';
import type { Change, ColumnTypes, FoldedTable, RowFold } from './row-fold.ts';
import { selectByIds } from './select-rows.ts';
import { assertStorable } from './storable.ts';
import type { DeployCommitsTable, DeployWorkItemsTable } from './tables.ts';
import { versionedTables } from './versioned-tables.ts';

const { deploys } = versionedTables;

const commitColumns = {
  id: 'uuid',
  deploy: 'uuid',
  hash: 'text',
  place: 'integer',
  told_at: 'timestamptz',
  position: 'bigint',
} as const satisfies Record<keyof DeployCommitsTable, ColumnTypes[string]>;

const workItemColumns = {
  id: 'uuid',
  deploy: 'uuid',
  work_item_id: 'uuid',
  told_at: 'timestamptz',
  position: 'bigint',
} as const satisfies Record<keyof DeployWorkItemsTable, ColumnTypes[string]>;

const deployCommits: FoldedTable = { table: 'deploy_commits', columns: commitColumns };
const deployWorkItems: FoldedTable = { table: 'deploy_work_items', columns: workItemColumns };

type Row = Omit<Deploy, 'deployment_commits' | 'work_item_ids'> & { readonly id: string };
type HandledEvent = Extract<ImiEvent, DeployEvent>;

/**
 * Table `deploys` with its versions, and what a deploy names, as it was first told: tables
 * `deploy_commits` and `deploy_work_items`.
 */
export class DeployFold implements RowFold {
  readonly #rows = new KnownRows<Row>();
  #versions: (Row & { readonly revision: number; readonly position: bigint })[] = [];
  #commits = new Map<string, DeployCommitsTable>();
  #workItems = new Map<string, DeployWorkItemsTable>();

  handles(event: ImiEvent): event is HandledEvent {
    return Object.hasOwn(deployEvents, event.type);
  }

  async load(from: Generation, events: readonly HandledEvent[]): Promise<void> {
    const ids = this.#rows.unknown(events.map((event) => toUuid(event.data.deploy_id)));
    for (const row of await selectByIds<Row>(from, deploys, ids)) {
      this.#rows.set(row.id, row);
    }
  }

  apply(event: HandledEvent): void {
    const id = toUuid(event.data.deploy_id);
    const { revision, position } = event;
    const before = this.#rows.get(id);
    const known = before ? { ...before, deployment_commits: [], work_item_ids: [] } : null;
    const { deployment_commits, work_item_ids, ...deploy } = evolveDeploy(
      known,
      event,
      event.metadata.occurred_at,
    );
    const row = { ...deploy, id, revision, position };
    const told = { deploy: id, told_at: event.metadata.occurred_at, position };
    const hashes = [...new Set([deploy.commit_hash, ...deployment_commits])];
    const commits = hashes.map((hash, place) => ({
      ...{ id: deployPartIdOf(deploy.deploy_id, hash), hash, place, ...told },
    }));
    for (const each of [row, ...commits]) assertStorable(each);
    this.#rows.set(id, row);
    this.#versions.push(row);
    for (const commit of commits) {
      if (!this.#commits.has(commit.id)) this.#commits.set(commit.id, commit);
    }
    for (const given of work_item_ids) {
      const work_item_id = given.toLowerCase();
      const partId = deployPartIdOf(deploy.deploy_id, work_item_id);
      if (this.#workItems.has(partId)) continue;
      this.#workItems.set(partId, { id: partId, work_item_id, ...told });
    }
  }

  take(): readonly Change[] {
    const versions = this.#versions;
    const commits = [...this.#commits.values()];
    const items = [...this.#workItems.values()];
    this.#versions = [];
    this.#commits = new Map();
    this.#workItems = new Map();
    this.#rows.endBatch();
    // Of what a deploy names the first telling counts.
    return [
      { kind: 'versions', of: deploys, rows: versions },
      { kind: 'keep', of: deployCommits, rows: commits },
      { kind: 'keep', of: deployWorkItems, rows: items },
    ];
  }
}
