import type { ApiDocument, Operation } from './operations.ts';

export interface ReadBack {
  readonly reader: Operation;
  readonly path: string;
  /** What must be found there. */
  readonly id: string;
  /** Where the ids of its kind stand in paths; undefined when they do not. */
  readonly collection?: string;
}

/** Links have no path of their own: they are shown with the work item. */
const linksPath = '/api/v1/links';

/**
 * Where what a write has answered is to be read: under its id, or among the links of its work item.
 * Null for what is no entity.
 */
export function readBack(
  api: ApiDocument,
  { method, answers }: Operation,
  status: number,
  answered: unknown,
): ReadBack | null {
  const entity = (answered ?? {}) as Record<string, unknown>;
  if (method === 'GET' || status === 202 || 'dry_run' in entity) return null;
  const resources = answers.get(status)?.resources ?? [];
  const at = (path: string) =>
    api.operations.find((each) => each.method === 'GET' && each.path === path);
  for (const resource of resources) {
    const path = api.readerOf(resource);
    const reader = path === undefined ? undefined : at(path);
    if (path === undefined || reader === undefined || typeof entity.id !== 'string') continue;
    const [, collection = ''] = /^(.*)\/\{\w+\}$/.exec(path) ?? [];
    return { reader, path: `${collection}/${entity.id}`, id: entity.id, collection };
  }
  const links = at(linksPath);
  if (typeof entity.work_item_id !== 'string' || links === undefined) return null;
  const id = [entity.id, entity.deploy_id].find((each) => typeof each === 'string');
  if (id === undefined) return null;
  return { reader: links, path: `${linksPath}?work_item_id=${entity.work_item_id}`, id };
}
