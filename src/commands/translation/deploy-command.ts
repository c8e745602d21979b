import type { deployResults } from '../../events/deploy.ts';
import { observationIdOf } from '../../events/ids.ts';
import { type Directed, translated } from './translation.ts';
import { given } from './vendor-fields.ts';

export type DeployResult = (typeof deployResults)[number];

/** The fields of `record_deploy` that others tell. */
interface ToldDeploy {
  readonly deploy_id: string;
  readonly environment: string;
  readonly commit_hash: string;
  readonly deployment_commits?: readonly string[] | undefined;
  readonly deployed_at: string | undefined;
  readonly result: DeployResult;
  readonly work_item_id?: string | undefined;
  readonly remote_origin: string | undefined;
}

/** The command that records a deploy: told again in the same words it is the same command. */
export function recordedDeploy(deploy: ToldDeploy): Directed {
  const body = given({ ...deploy });
  return translated({
    name: 'record_deploy',
    id: observationIdOf('deploy_told', JSON.stringify(body)),
    body,
  });
}
