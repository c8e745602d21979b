import type { Kysely } from 'kysely';
import type { ImiEvent } from '../events/catalogue.ts';
import { type Deploy, type DeployEvent, deployEvents, evolveDeploy } from '../events/deploy.ts';
import { deployPartIdOf, toUuid } from '../events/ids.ts';
import type { Tables } from './database.ts';
import { type ColumnTypes, type RowFold, selectByIds, upsertRows } from './row-fold.ts';
import { assertStorable } from './storable.ts';
import type { DeployCommitsTable, DeploysTable, DeployWorkItemsTable } from './tables.ts';

const columns = {
  id: 'uuid',
  deploy_id: 'text',
  environment: 'text',
  commit_hash: 'text',
  deployed_at: 'timestamptz',
  result: 'text',
  project_id: 'uuid',
  project_name: 'text',
  remote_origin: 'text',
  metadata: 'jsonb',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
  revision: 'integer',
  position: 'bigint',
} as const satisfies Record<keyof DeploysTable, ColumnTypes[string]>;

const commitColumns = {
  id: 'uuid',
  deploy: 'uuid',
  hash: 'text',
  place: 'integer',
} as const satisfies Record<keyof DeployCommitsTable, ColumnTypes[string]>;

const workItemColumns = {
  id: 'uuid',
  deploy: 'uuid',
  work_item_id: 'uuid',
} as const satisfies Record<keyof DeployWorkItemsTable, ColumnTypes[string]>;

type Row = Omit<Deploy, 'deployment_commits' | 'work_item_ids'> & { readonly id: string };
type PartRow = Readonly<Record<keyof typeof commitColumns | 'work_item_id', unknown>>;
type HandledEvent = Extract<ImiEvent, DeployEvent>;

/** Tables `deploys`, `deploy_commits` and `deploy_work_items`. */
export class DeployFold implements RowFold {
  readonly #rows = new Map<string, Row>();
  readonly #changed = new Map<string, Row & { revision: number; position: bigint }>();
  readonly #commits = new Map<string, Omit<PartRow, 'work_item_id'>>();
  readonly #workItems = new Map<string, Omit<PartRow, 'hash' | 'place'>>();

  handles(event: ImiEvent): event is HandledEvent {
    return Object.hasOwn(deployEvents, event.type);
  }

  async load(trx: Kysely<Tables>, schema: string, events: readonly HandledEvent[]): Promise<void> {
    const ids = [...new Set(events.map((event) => toUuid(event.data.deploy_id)))];
    for (const row of await selectByIds<Row>(trx, schema, 'deploys', columns, ids)) {
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
    const hashes = [...new Set([deploy.commit_hash, ...deployment_commits])];
    const commits = hashes.map((hash, place) => ({
      ...{ id: deployPartIdOf(deploy.deploy_id, hash), deploy: id, hash, place },
    }));
    for (const each of [row, ...commits]) assertStorable(each);
    this.#rows.set(id, row);
    this.#changed.set(id, row);
    for (const commit of commits) this.#commits.set(commit.id, commit);
    for (const given of work_item_ids) {
      const work_item_id = given.toLowerCase();
      const partId = deployPartIdOf(deploy.deploy_id, work_item_id);
      this.#workItems.set(partId, { id: partId, deploy: id, work_item_id });
    }
  }

  async write(trx: Kysely<Tables>, schema: string): Promise<void> {
    await upsertRows(trx, schema, 'deploys', columns, [...this.#changed.values()]);
    await upsertRows(trx, schema, 'deploy_commits', commitColumns, [...this.#commits.values()]);
    await upsertRows(trx, schema, 'deploy_work_items', workItemColumns, [
      ...this.#workItems.values(),
    ]);
  }
}
