import { projects } from '../aggregate.ts';
import type { Snapshots } from '../snapshots.ts';
import type { Policy } from './policy.ts';

/** Ids of a project's active work items, as of a position at the least. */
export type ActiveWork = (projectId: string, position: bigint) => Promise<readonly string[]>;

/**
 * A deactivated project has no active work (spec/domain.md, "deactivate"). Work may be started by a
 * process that has not seen the deactivation yet, and such a start may stand after it in `$all`:
 * so each start looks at its project too.
 */
export function endWorkOfInactiveProjects(snapshots: Snapshots, activeWork: ActiveWork): Policy {
  const isInactive = async (projectId: string) =>
    (await snapshots.refresh(projects, projectId)).state?.active === false;
  const abandon = (workItemId: string) => ({
    name: 'complete_work' as const,
    subject: workItemId,
    body: {
      work_item_id: workItemId,
      completion_type: 'abandoned',
      reason: 'project_deactivated',
    },
  });
  return {
    name: 'end-work-of-inactive-projects',
    reactsTo: ['imi.project.deactivated', 'imi.work.started'],
    async react(event) {
      if (event.type === 'imi.project.deactivated') {
        return (await activeWork(event.data.project_id, event.position)).map(abandon);
      }
      if (event.type === 'imi.work.started' && (await isInactive(event.data.project_id))) {
        return [abandon(event.data.work_item_id)];
      }
      return [];
    },
  };
}
