import { workItems } from '../aggregate.ts';
import type { Snapshots } from '../snapshots.ts';
import type { Policy } from './policy.ts';

/**
 * Work whose pull request was merged is completed as merged (spec/bloodbank.md, "git.pr.merged").
 * Work that has ended otherwise by then stays as it ended: that is no contradiction to record.
 */
export function completeMergedWork(snapshots: Snapshots): Policy {
  return {
    name: 'complete-merged-work',
    reactsTo: ['imi.pr.merged'],
    async react(event) {
      if (event.type !== 'imi.pr.merged') return [];
      const { work_item_id, pr_link_id, merge_commit_hash, merged_by } = event.data;
      if (event.data.before_start) return [];
      const { state } = await snapshots.refresh(workItems, work_item_id);
      if (!state?.active) return [];
      const body = { work_item_id, completion_type: 'merged', merge_commit_hash, merged_by };
      return [{ name: 'complete_work', subject: pr_link_id, body }];
    },
  };
}
