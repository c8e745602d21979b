import { z } from 'zod';

/** What names a work item to a person, carried by each of its events. */
export const workItemIdentity = {
  work_item_id: z.uuid(),
  project_id: z.uuid(),
  project_name: z.string(),
  remote_origin: z.string(),
  branch_name: z.string(),
  owner_id: z.string(),
};
