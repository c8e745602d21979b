import type { Refusal } from '../errors.ts';
import type { Component } from '../events/component.ts';
import {
  branchKeyOf,
  originKeyOf,
  prLinkIdOf,
  untrackedBranchIdOf,
  untrackedCheckoutIdOf,
} from '../events/ids.ts';
import type { Project } from '../events/project.ts';
import { parseRemoteOrigin, parseRepository, type RemoteOrigin } from '../events/remote-origin.ts';
import type { WorkItem } from '../events/work-item.ts';
import { components, knownPlaneProjects, planeProjects, projects, workItems } from './aggregate.ts';
import { noSuchComponent } from './component.ts';
import type { DeployedThings } from './deploy.ts';
import type { RecordDeploy } from './deploy-schemas.ts';
import { unacceptableOrigin } from './project.ts';
import type { Reservations } from './reservations.ts';
import type { Snapshots } from './snapshots.ts';
import { ticketIdOf } from './ticket.ts';
import type { ObserveTicket } from './ticket-schemas.ts';
import type { ObserveUntracked } from './untracked-schemas.ts';
import type { ObservePr, UpdatePrState } from './work-item-pull-request-schemas.ts';
import { prParams } from './work-item-pull-requests.ts';
import type { WorkItemAddress } from './work-item-schemas.ts';

/** Where a command finds what it is addressed to, and what its decision needs to know. */
export interface Lookup {
  readonly snapshots: Snapshots;
  readonly reservations: Reservations;
  readonly remoteHosts: readonly string[];
}

export type Address =
  | {
      readonly id: string;
      /** The id is made of the command's own: no other command can have written to the entity before. */
      readonly ofCommand?: boolean;
    }
  | { readonly refusal: Refusal };

const notFound = (message: string, params: Refusal['params']): Address => ({
  refusal: { code: 'NOT_FOUND', message, params },
});

/** A project by its id; `NOT_FOUND` when nobody registered it. */
export async function bornProject(id: string, lookup: Lookup): Promise<Address> {
  const project = await currentProject(id, lookup);
  return project ? { id } : notFound('Project not found', { project_id: id });
}

/** A project as far as memory can be trusted: that one is missing or inactive is looked up again. */
export async function currentProject(id: string, { snapshots }: Lookup): Promise<Project | null> {
  const cached = (await snapshots.get(projects, id)).state;
  return cached?.active ? cached : (await snapshots.refresh(projects, id)).state;
}

/** The project that a component stands for; null when it names none, or nobody registered it. */
export async function linkedProject(
  { linked_project_id }: { readonly linked_project_id?: string | null | undefined },
  lookup: Lookup,
): Promise<Project | null> {
  return linked_project_id ? currentProject(linked_project_id, lookup) : null;
}

/** A component as far as memory can be trusted: that one is missing is looked up again. */
export async function currentComponent(
  id: string,
  { snapshots }: Lookup,
): Promise<Component | null> {
  const cached = (await snapshots.get(components, id)).state;
  return cached ?? (await snapshots.refresh(components, id)).state;
}

/** A component by its id; the refusal names the field that held the id. */
export async function bornComponent(
  id: string,
  field: 'component_id' | 'source_component_id',
  lookup: Lookup,
): Promise<Address> {
  const component = await currentComponent(id, lookup);
  return component ? { id } : { refusal: noSuchComponent(id, field) };
}

type ProjectAddress = Pick<WorkItemAddress, 'project_id' | 'remote_origin'>;

async function projectIdAt(address: ProjectAddress, lookup: Lookup): Promise<string | null> {
  if (address.project_id !== undefined) return address.project_id;
  const origin = parseRemoteOrigin(address.remote_origin ?? '', lookup.remoteHosts);
  return origin && lookup.reservations.bornHolder('origin', originKeyOf(origin.key));
}

/** The project that an address names, active or not; null when nobody registered it. */
export async function projectOf(address: ProjectAddress, lookup: Lookup): Promise<Project | null> {
  const id = await projectIdAt(address, lookup);
  return id === null ? null : currentProject(id, lookup);
}

/** A work item by its id, or the latest on a branch, ended or not; `NOT_FOUND` when there is none. */
export async function workItemAt(address: WorkItemAddress, lookup: Lookup): Promise<Address> {
  const id = address.work_item_id ?? (await latestOnBranch(address, lookup));
  if (id === null) {
    const { project_id, branch_name } = address;
    return notFound('No work item was ever started on this branch', {
      ...(project_id !== undefined && { project_id }),
      ...(branch_name !== undefined && { branch_name }),
    });
  }
  const born = await bornWorkItem(id, lookup);
  return born ? { id } : notFound('Work item not found', { work_item_id: id });
}

/** A work item as far as memory can be trusted: that one is missing is looked up again. */
export const bornWorkItem = async (id: string, { snapshots }: Lookup): Promise<WorkItem | null> =>
  (await snapshots.get(workItems, id)).state ?? (await snapshots.refresh(workItems, id)).state;

async function latestOnBranch(address: WorkItemAddress, lookup: Lookup): Promise<string | null> {
  const projectId = await projectIdAt(address, lookup);
  if (projectId === null || address.branch_name === undefined) return null;
  return lookup.reservations.bornHolder('branch', branchKeyOf(projectId, address.branch_name));
}

/** The work item that has a pull request: the link's id is the key under which it is reserved. */
export async function holderOfPr(command: UpdatePrState, lookup: Lookup): Promise<Address> {
  const { pr_link_id, pr_number, work_item_id } = command;
  if (pr_link_id === undefined && work_item_id !== undefined) return workItemAt(command, lookup);
  const projectId = pr_link_id === undefined ? await projectIdAt(command, lookup) : null;
  const key = projectId === null ? pr_link_id : prLinkIdOf(projectId, pr_number ?? 0);
  const holder = key === undefined ? null : await lookup.reservations.bornHolder('pr', key);
  return holder === null ? notFound('Pull request not found', prParams(command)) : { id: holder };
}

/** The work item that has a pull request already, or the one it was opened for. */
export async function workOfPr(command: ObservePr, lookup: Lookup): Promise<Address> {
  const { pr_number, work_item_id } = command;
  const projectId =
    (await projectIdAt(command, lookup)) ??
    (work_item_id && (await bornWorkItem(work_item_id, lookup))?.project_id);
  const key = projectId ? prLinkIdOf(projectId, pr_number) : null;
  const holder = key && (await lookup.reservations.bornHolder('pr', key));
  return holder ? { id: holder } : workItemAt(command, lookup);
}

/** The place of what nobody registered: a branch of a repository, else a checkout on a host. */
export async function untrackedAt(
  command: ObserveUntracked,
  { remoteHosts }: Lookup,
): Promise<Address> {
  const { remote_origin, branch_name, worktree_path, host } = command;
  const origin = parseRemoteOrigin(remote_origin ?? '', remoteHosts);
  if (remote_origin !== undefined && origin === null) {
    return { refusal: unacceptableOrigin(remoteHosts) };
  }
  return {
    id:
      origin && branch_name !== undefined
        ? untrackedBranchIdOf(origin.key, branch_name)
        : untrackedCheckoutIdOf(host, worktree_path ?? ''),
  };
}

/** What a deploy names, as far as iMi knows it; a repository need not be registered. */
export async function deployedThings(
  command: RecordDeploy,
  lookup: Lookup,
): Promise<DeployedThings> {
  const { project_id, work_item_id, remote_origin, repo = remote_origin } = command;
  const origins = repo === undefined ? [] : parseRepository(repo, lookup.remoteHosts);
  const project = await (project_id === undefined
    ? registeredAt(origins, lookup)
    : currentProject(project_id, lookup));
  return {
    project,
    remoteOrigin: project?.remote_origin ?? origins[0]?.display ?? null,
    workItem: work_item_id == null ? null : await bornWorkItem(work_item_id, lookup),
  };
}

/** The project of the first of these origins that has one, active or not. */
export async function registeredAt(
  origins: readonly RemoteOrigin[],
  lookup: Lookup,
): Promise<Project | null> {
  for (const { key } of origins) {
    const id = await lookup.reservations.bornHolder('origin', originKeyOf(key));
    if (id !== null) return currentProject(id, lookup);
  }
  return null;
}

/** A ticket by what it goes by: its key, or Plane's own id as long as that is all that is known. */
export async function ticketAt(command: ObserveTicket, lookup: Lookup): Promise<Address> {
  const { plane_issue_id: issue, plane_project_id: project } = command;
  const knownAs = issue === undefined ? null : await lookup.reservations.bornHolder('issue', issue);
  const known =
    project === undefined || knownAs !== null
      ? null
      : (await lookup.snapshots.refresh(planeProjects, knownPlaneProjects)).state;
  return { id: ticketIdOf(command, knownAs, known) };
}
