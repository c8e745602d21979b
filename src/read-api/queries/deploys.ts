import { type Selectable, sql } from 'kysely';
import { toUuid } from '../../events/ids.ts';
import type { DeployResource } from '../../http/schemas/deploy.ts';
import type { DeploysTable } from '../../projections/tables.ts';
import type { Reader } from '../read-database.ts';

/** A deploy by the name its deployer gave it. */
export async function findDeploy(db: Reader, deployId: string): Promise<DeployResource | null> {
  const row = await deployRows(db).where('id', '=', toUuid(deployId)).executeTakeFirst();
  return row ? deployOf(row) : null;
}

/** The completed deploys that ship a work item, oldest first. */
export async function deploysOfWorkItem(db: Reader, workItemId: string): Promise<DeployResource[]> {
  const links = db
    .selectFrom('deploy_links')
    .select('deploy')
    .where('work_item_id', '=', workItemId);
  const rows = await deployRows(db).where('id', 'in', links).execute();
  return rows.map(deployOf);
}

/** Deploys with the commits they name and the work they ship, oldest first. */
export const deployRows = (from: Reader) =>
  from
    .selectFrom('deploys')
    .selectAll('deploys')
    .select((eb) => [
      eb
        .selectFrom('deploy_commits')
        .whereRef('deploy', '=', 'deploys.id')
        .where('place', '>', 0)
        .select(sql<string[]>`coalesce(json_agg(hash ORDER BY place), '[]')`.as('hashes'))
        .as('deployment_commits'),
      eb
        .selectFrom('deploy_links')
        .whereRef('deploy', '=', 'deploys.id')
        .select(
          sql<string[]>`coalesce(json_agg(work_item_id ORDER BY work_item_id), '[]')`.as('ids'),
        )
        .as('work_item_ids'),
    ])
    .orderBy('deployed_at')
    .orderBy('id');

export type DeployRow = Selectable<DeploysTable> & {
  readonly deployment_commits: string[] | null;
  readonly work_item_ids: string[] | null;
};

/** A row as the API shows it. */
export const deployOf = ({ position: _position, ...row }: DeployRow): DeployResource => ({
  ...row,
  link_id: row.id,
  deployment_commits: row.deployment_commits ?? [],
  work_item_ids: row.work_item_ids ?? [],
});
