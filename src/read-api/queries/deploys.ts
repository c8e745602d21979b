import { type Selectable, sql } from 'kysely';
import { toUuid } from '../../events/ids.ts';
import type { DeployResource } from '../../http/schemas/deploy.ts';
import type { DeploysTable } from '../../projections/tables.ts';
import { prepared } from '../prepared.ts';
import type { Reader } from '../read-database.ts';

/** A deploy by the name its deployer gave it. */
export async function findDeploy(db: Reader, deployId: string): Promise<DeployResource | null> {
  const [row] = await deployById(db, toUuid(deployId));
  return row ? deployOf(row) : null;
}

const deployById = prepared('deploy by id', (from, id: string) =>
  deployRows(from).where('id', '=', id),
);

/** The completed deploys that ship any of these work items, oldest first. */
export async function deploysOfWork(
  db: Reader,
  workItemIds: readonly string[],
): Promise<DeployResource[]> {
  return (await deploysOf(db, workItemIds)).map(deployOf);
}

const deploysOf = prepared('deploys of work', (from, workItemIds: readonly string[]) =>
  deployRows(from).where((eb) =>
    eb(
      'deploys.id',
      'in',
      eb
        .selectFrom('deploy_links')
        .select('deploy')
        .where(sql<boolean>`work_item_id = ANY(${workItemIds}::uuid[])`),
    ),
  ),
);

/** Deploys with the commits they name and the work they ship, oldest first. */
const deployRows = (from: Reader) =>
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

type DeployRow = Selectable<DeploysTable> & {
  readonly deployment_commits: string[] | null;
  readonly work_item_ids: string[] | null;
};

/** A row as the API shows it. */
const deployOf = ({ position: _position, ...row }: DeployRow): DeployResource => ({
  ...row,
  link_id: row.id,
  deployment_commits: row.deployment_commits ?? [],
  work_item_ids: row.work_item_ids ?? [],
});
