import type { z } from 'zod';
import type { Component } from '../events/component.ts';
import type { Deploy } from '../events/deploy.ts';
import {
  componentIdOf,
  componentKeyOf,
  originKeyOf,
  projectIdOf,
  workItemIdOf,
} from '../events/ids.ts';
import { parseRemoteOrigin, parseRepository } from '../events/remote-origin.ts';
import type { UntrackedWork } from '../events/untracked.ts';
import type { WorkItem } from '../events/work-item.ts';
import {
  type Aggregate,
  components,
  deploys,
  knownPlaneProjects,
  planeProjects,
  projects,
  tickets,
  untrackedPlaces,
  workItems,
} from './aggregate.ts';
import { decideRegisterComponent, decideUpdateComponent } from './component.ts';
import { decideRelate, decideUnrelate } from './component-relationships.ts';
import {
  registerComponent,
  relateComponents,
  unrelateComponents,
  updateComponent,
} from './component-schemas.ts';
import type { Decision, DecisionContext } from './decision.ts';
import { decideRecordDeploy } from './deploy.ts';
import { recordDeploy } from './deploy-schemas.ts';
import {
  type Address,
  bornComponent,
  bornProject,
  bornWorkItem,
  currentComponent,
  currentProject,
  deployedThings,
  holderOfPr,
  type Lookup,
  linkedProject,
  projectOf,
  ticketAt,
  untrackedAt,
  workItemAt,
  workOfPr,
} from './lookup.ts';
import { decideDeactivate, decideRegister, decideUpdate, unacceptableOrigin } from './project.ts';
import { deactivateProject, registerProject, updateProject } from './project-schemas.ts';
import { decideObservePlaneProject, decideObserveTicket } from './ticket.ts';
import { observePlaneProject, observeTicket } from './ticket-schemas.ts';
import { decideJoinUntracked, decideObserveUntracked } from './untracked.ts';
import { joinUntracked, observeUntracked } from './untracked-schemas.ts';
import { decideComplete, decideGitState, decideLinkTicket, decideStart } from './work-item.ts';
import { decideRecordActivity, decideRecordBranchDeletion } from './work-item-activity.ts';
import { recordActivity, recordBranchDeletion } from './work-item-activity-schemas.ts';
import { linkPr, observePr, updatePrState } from './work-item-pull-request-schemas.ts';
import { decideLinkPr, decideObservePr, decidePrState } from './work-item-pull-requests.ts';
import { completeWork, linkTicket, startWork, updateGitState } from './work-item-schemas.ts';

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
    address: async ({ work_item_id }, _lookup, commandId) =>
      work_item_id === undefined
        ? { id: workItemIdOf(commandId), ofCommand: true }
        : { id: work_item_id },
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
  record_branch_deletion: define({
    schema: recordBranchDeletion,
    aggregate: workItems,
    address: workItemAt,
    decide: decideRecordBranchDeletion,
  }),
  observe_pr: define({
    schema: observePr,
    aggregate: workItems,
    address: workOfPr,
    decide: decideObservePr,
  }),
  observe_untracked: define({
    schema: observeUntracked,
    aggregate: untrackedPlaces,
    address: untrackedAt,
    decide(state: UntrackedWork | null, command, context) {
      const origin = parseRemoteOrigin(command.remote_origin ?? '', context.remoteHosts);
      return decideObserveUntracked(state, command, context, origin?.display ?? null);
    },
  }),
  join_untracked: define({
    schema: joinUntracked,
    aggregate: untrackedPlaces,
    address: async ({ untracked_id }) => ({ id: untracked_id }),
    async decide(state: UntrackedWork | null, command, context, lookup) {
      const workItem = await bornWorkItem(command.work_item_id, lookup);
      return decideJoinUntracked(state, command, context, workItem);
    },
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
