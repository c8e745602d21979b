import type { z } from 'zod';
import type { Refusal } from '../errors.ts';
import type { Component } from '../events/component.ts';
import type { Deploy } from '../events/deploy.ts';
import {
  branchKeyOf,
  componentIdOf,
  componentKeyOf,
  originKeyOf,
  prLinkIdOf,
  projectIdOf,
  workItemIdOf,
} from '../events/ids.ts';
import type { Project } from '../events/project.ts';
import { parseRemoteOrigin, parseRepository, type RemoteOrigin } from '../events/remote-origin.ts';
import type { WorkItem } from '../events/work-item.ts';
import {
  type Aggregate,
  components,
  deploys,
  knownPlaneProjects,
  planeProjects,
  projects,
  tickets,
  workItems,
} from './aggregate.ts';
import { decideRegisterComponent, decideUpdateComponent, noSuchComponent } from './component.ts';
import { decideRelate, decideUnrelate } from './component-relationships.ts';
import {
  registerComponent,
  relateComponents,
  unrelateComponents,
  updateComponent,
} from './component-schemas.ts';
import type { Decision, DecisionContext } from './decision.ts';
import { type DeployedThings, decideRecordDeploy } from './deploy.ts';
import { type RecordDeploy, recordDeploy } from './deploy-schemas.ts';
import { decideDeactivate, decideRegister, decideUpdate, unacceptableOrigin } from './project.ts';
import { deactivateProject, registerProject, updateProject } from './project-schemas.ts';
import type { Reservations } from './reservations.ts';
import type { Snapshots } from './snapshots.ts';
import { decideObservePlaneProject, decideObserveTicket, ticketIdOf } from './ticket.ts';
import { type ObserveTicket, observePlaneProject, observeTicket } from './ticket-schemas.ts';
import { decideComplete, decideGitState, decideLinkTicket, decideStart } from './work-item.ts';
import { decideRecordActivity } from './work-item-activity.ts';
import { recordActivity } from './work-item-activity-schemas.ts';
import { linkPr, type UpdatePrState, updatePrState } from './work-item-pull-request-schemas.ts';
import { decideLinkPr, decidePrState, prParams } from './work-item-pull-requests.ts';
import {
  completeWork,
  linkTicket,
  startWork,
  updateGitState,
  type WorkItemAddress,
} from './work-item-schemas.ts';

/** Where a command finds what it is addressed to, and what its decision needs to know. */
export interface Lookup {
  readonly snapshots: Snapshots;
  readonly reservations: Reservations;
  readonly remoteHosts: readonly string[];
}

export type Address = { readonly id: string } | { readonly refusal: Refusal };

/** One command: its schema, the entity it is addressed to, and its decision. */
export interface CommandDefinition<S = unknown, C = unknown> {
  readonly schema: z.ZodType<C>;
  readonly aggregate: Aggregate<S>;
  address(command: C, lookup: Lookup, commandId: string): Promise<Address>;
  decide(
    state: S | null,
    command: C,
    context: DecisionContext,
    lookup: Lookup,
  ): Promise<Decision> | Decision;
}

// Lets each definition infer its own types, and the table hold them all.
const define = <S, C>(definition: CommandDefinition<S, C>): CommandDefinition =>
  definition as unknown as CommandDefinition;

/** Every command iMi takes, by its name: `imi.cmd.<name>` on the bus. */
export const definitions = {
  register_project: define({
    schema: registerProject,
    aggregate: projects,
    async address(command, { reservations, remoteHosts }) {
      const origin = parseRemoteOrigin(command.remote_origin, remoteHosts);
      if (origin === null) return { refusal: unacceptableOrigin(remoteHosts) };
      const holder = await reservations.bornHolder('origin', originKeyOf(origin.key));
      return { id: holder ?? command.project_id ?? projectIdOf(origin.key) };
    },
    decide: decideRegister,
  }),
  update_project: define({
    schema: updateProject,
    aggregate: projects,
    address: (command, lookup) => bornProject(command.project_id, lookup),
    decide: decideUpdate,
  }),
  deactivate_project: define({
    schema: deactivateProject,
    aggregate: projects,
    address: (command, lookup) => bornProject(command.project_id, lookup),
    decide: decideDeactivate,
  }),
  start_work: define({
    schema: startWork,
    aggregate: workItems,
    address: async (command, _lookup, commandId) => ({
      id: command.work_item_id ?? workItemIdOf(commandId),
    }),
    async decide(state: WorkItem | null, command, context, lookup) {
      return decideStart(state, command, context, await projectOf(command, lookup));
    },
  }),
  update_git_state: define({
    schema: updateGitState,
    aggregate: workItems,
    address: workItemAt,
    decide: decideGitState,
  }),
  complete_work: define({
    schema: completeWork,
    aggregate: workItems,
    address: workItemAt,
    decide: decideComplete,
  }),
  link_ticket: define({
    schema: linkTicket,
    aggregate: workItems,
    address: workItemAt,
    decide: decideLinkTicket,
  }),
  link_pr: define({
    schema: linkPr,
    aggregate: workItems,
    address: workItemAt,
    decide: decideLinkPr,
  }),
  update_pr_state: define({
    schema: updatePrState,
    aggregate: workItems,
    address: holderOfPr,
    decide: decidePrState,
  }),
  record_activity: define({
    schema: recordActivity,
    aggregate: workItems,
    address: workItemAt,
    decide: decideRecordActivity,
  }),
  record_deploy: define({
    schema: recordDeploy,
    aggregate: deploys,
    async address(command, { remoteHosts }) {
      const { remote_origin, repo = remote_origin } = command;
      const readable = repo === undefined || parseRepository(repo, remoteHosts).length > 0;
      return readable ? { id: command.deploy_id } : { refusal: unacceptableOrigin(remoteHosts) };
    },
    async decide(state: Deploy | null, command, context, lookup) {
      return decideRecordDeploy(state, command, context, await deployedThings(command, lookup));
    },
  }),
  register_component: define({
    schema: registerComponent,
    aggregate: components,
    async address({ parent_project_id, name, component_id }, { reservations }) {
      const key = componentKeyOf(parent_project_id, name);
      const holder = await reservations.bornHolder('component', key);
      return { id: holder ?? component_id ?? componentIdOf(parent_project_id, name) };
    },
    async decide(state: Component | null, command, context, lookup) {
      return decideRegisterComponent(state, command, context, {
        parent: await currentProject(command.parent_project_id, lookup),
        linked: await linkedProject(command, lookup),
      });
    },
  }),
  update_component: define({
    schema: updateComponent,
    aggregate: components,
    address: ({ component_id }, lookup) => bornComponent(component_id, 'component_id', lookup),
    async decide(state: Component | null, command, _context, lookup) {
      return decideUpdateComponent(state, command, await linkedProject(command, lookup));
    },
  }),
  relate_components: define({
    schema: relateComponents,
    aggregate: components,
    address: ({ source_component_id }, lookup) =>
      bornComponent(source_component_id, 'source_component_id', lookup),
    async decide(state: Component | null, command, _context, lookup) {
      const target = await currentComponent(command.target_component_id, lookup);
      return decideRelate(state, command, target);
    },
  }),
  unrelate_components: define({
    schema: unrelateComponents,
    aggregate: components,
    address: ({ source_component_id }, lookup) =>
      bornComponent(source_component_id, 'source_component_id', lookup),
    async decide(state: Component | null, command, _context, lookup) {
      const target = await currentComponent(command.target_component_id, lookup);
      return decideUnrelate(state, command, target);
    },
  }),
  observe_ticket: define({
    schema: observeTicket,
    aggregate: tickets,
    address: ticketAt,
    decide: decideObserveTicket,
  }),
  observe_plane_project: define({
    schema: observePlaneProject,
    aggregate: planeProjects,
    address: async () => ({ id: knownPlaneProjects }),
    decide: decideObservePlaneProject,
  }),
} as const;

export type CommandName = keyof typeof definitions;

export const commandNames = Object.keys(definitions) as CommandName[];

export const isCommandName = (name: string): name is CommandName =>
  Object.hasOwn(definitions, name);

const notFound = (message: string, params: Refusal['params']): Address => ({
  refusal: { code: 'NOT_FOUND', message, params },
});

async function bornProject(id: string, lookup: Lookup): Promise<Address> {
  const project = await currentProject(id, lookup);
  return project ? { id } : notFound('Project not found', { project_id: id });
}

/** A project as far as memory can be trusted: that one is missing or inactive is looked up again. */
async function currentProject(id: string, { snapshots }: Lookup): Promise<Project | null> {
  const cached = (await snapshots.get(projects, id)).state;
  return cached?.active ? cached : (await snapshots.refresh(projects, id)).state;
}

async function linkedProject(
  { linked_project_id }: { readonly linked_project_id?: string | null | undefined },
  lookup: Lookup,
): Promise<Project | null> {
  return linked_project_id ? currentProject(linked_project_id, lookup) : null;
}

async function currentComponent(id: string, { snapshots }: Lookup): Promise<Component | null> {
  const cached = (await snapshots.get(components, id)).state;
  return cached ?? (await snapshots.refresh(components, id)).state;
}

async function bornComponent(
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

async function workItemAt(address: WorkItemAddress, lookup: Lookup): Promise<Address> {
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

const bornWorkItem = async (id: string, { snapshots }: Lookup): Promise<WorkItem | null> =>
  (await snapshots.get(workItems, id)).state ?? (await snapshots.refresh(workItems, id)).state;

async function latestOnBranch(address: WorkItemAddress, lookup: Lookup): Promise<string | null> {
  const projectId = await projectIdAt(address, lookup);
  if (projectId === null || address.branch_name === undefined) return null;
  return lookup.reservations.bornHolder('branch', branchKeyOf(projectId, address.branch_name));
}

/** The work item that has a pull request: the link's id is the key under which it is reserved. */
async function holderOfPr(command: UpdatePrState, lookup: Lookup): Promise<Address> {
  const { pr_link_id, pr_number, work_item_id } = command;
  if (pr_link_id === undefined && work_item_id !== undefined) return workItemAt(command, lookup);
  const projectId = pr_link_id === undefined ? await projectIdAt(command, lookup) : null;
  const key = projectId === null ? pr_link_id : prLinkIdOf(projectId, pr_number ?? 0);
  const holder = key === undefined ? null : await lookup.reservations.bornHolder('pr', key);
  return holder === null ? notFound('Pull request not found', prParams(command)) : { id: holder };
}

/** What a deploy names, as far as iMi knows it; a repository need not be registered. */
async function deployedThings(command: RecordDeploy, lookup: Lookup): Promise<DeployedThings> {
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

async function registeredAt(
  origins: readonly RemoteOrigin[],
  lookup: Lookup,
): Promise<Project | null> {
  for (const { key } of origins) {
    const id = await lookup.reservations.bornHolder('origin', originKeyOf(key));
    if (id !== null) return currentProject(id, lookup);
  }
  return null;
}

async function ticketAt(command: ObserveTicket, lookup: Lookup): Promise<Address> {
  const { plane_issue_id: issue, plane_project_id: project } = command;
  const knownAs = issue === undefined ? null : await lookup.reservations.bornHolder('issue', issue);
  const known =
    project === undefined || knownAs !== null
      ? null
      : (await lookup.snapshots.refresh(planeProjects, knownPlaneProjects)).state;
  return { id: ticketIdOf(command, knownAs, known) };
}
