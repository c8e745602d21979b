import { ImiError } from '../errors.ts';
import type { ProjectResource } from '../http/schemas/project.ts';
import type { WorkItemResource } from '../http/schemas/work-item.ts';
import { type ApiClient, segment } from './api-client.ts';
import { UsageError } from './failure.ts';
import { checkoutBranch, checkoutOrigin } from './git-checkout.ts';

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly total: number;
}

const uuidForm = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const perPage = 500;

/**
 * The project that is meant: by its id, its remote origin or its exact name; when nothing is named,
 * the one that the current checkout is of. With `as_of` as it stood then, under its name of then.
 */
export async function findProject(
  api: ApiClient,
  named?: string,
  as_of?: string,
): Promise<ProjectResource> {
  if (named !== undefined && uuidForm.test(named)) {
    return api.get(`/projects/${segment(named)}`, { as_of });
  }
  if (named === undefined || /[:/]/.test(named)) {
    const remote_origin = named ?? (await originHere('name the project'));
    return api.get('/projects/by-origin', { remote_origin, as_of });
  }
  const { items } = await api.get<Page<ProjectResource>>('/projects', {
    ...{ search: named, active: 'all', limit: perPage, as_of },
  });
  const [project, another] = items.filter(({ name }) => name === named);
  if (project === undefined) throw notFound('Project', { name: named });
  if (another === undefined) return project;
  throw new UsageError(`More than one project is called ${named}; name it by its id or origin.`);
}

/** The id of a project for a filter; undefined when none was named. */
export async function projectFilter(api: ApiClient, named?: string): Promise<string | undefined> {
  return named === undefined ? undefined : (await findProject(api, named)).id;
}

/** The work item with this id; without one, the active work on the branch of the checkout. */
export async function findWork(api: ApiClient, id?: string): Promise<WorkItemResource> {
  if (id !== undefined) return api.get(`/work/${segment(id)}`);
  const project = await findProject(api);
  const branch = await branchHere();
  for (let offset = 0; ; offset += perPage) {
    const { items, total } = await api.get<Page<WorkItemResource>>('/work', {
      ...{ project_id: project.id, active: 'true', offset, limit: perPage },
    });
    const item = items.find(({ branch_name }) => branch_name === branch);
    if (item !== undefined) return item;
    if (offset + perPage >= total) {
      throw notFound('Active work', { project: project.name, branch_name: branch });
    }
  }
}

/** The remote origin of the current checkout. Throws `UsageError` that says what to do without. */
export async function originHere(instead: string): Promise<string> {
  const origin = await checkoutOrigin();
  if (origin !== null) return origin;
  throw new UsageError(`Here is no git checkout with a remote "origin"; ${instead}.`);
}

/** The branch of the current checkout. */
export async function branchHere(): Promise<string> {
  const branch = await checkoutBranch();
  if (branch !== null) return branch;
  throw new UsageError('Here is no git checkout on a branch; name the branch or the work item.');
}

const notFound = (what: string, params: { readonly [name: string]: string }) =>
  new ImiError('NOT_FOUND', `${what} not found`, params);
