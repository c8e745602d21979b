import equal from 'fast-deep-equal';
import type { Refusal } from '../errors.ts';
import type { Component } from '../events/component.ts';
import type { JsonObject } from '../events/event-store.ts';
import { componentKeyOf } from '../events/ids.ts';
import type { Project } from '../events/project.ts';
import type { RegisterComponent, UpdateComponent } from './component-schemas.ts';
import { type Decision, type DecisionContext, refuse, unchanged, write } from './decision.ts';
import { patchedMetadata } from './merge-patch.ts';

/** What a decision may set: a component without what its history alone decides. */
type Face = Omit<Component, 'created_at' | 'updated_at' | 'relationships'>;

type Identity = Pick<
  Component,
  'id' | 'name' | 'parent_project_id' | 'project_name' | 'remote_origin'
>;

/** What names a component to a person, for the payload of its events. */
export const identityOf = (component: Identity): JsonObject => ({
  component_id: component.id,
  component_name: component.name,
  parent_project_id: component.parent_project_id,
  project_name: component.project_name,
  remote_origin: component.remote_origin,
});

const payloadOf = (component: Face): JsonObject => ({
  ...identityOf(component),
  path: component.path,
  kind: component.kind,
  enabled: component.enabled,
  linked_project_id: component.linked_project_id,
  metadata: component.metadata,
});

/** The refusal of a component that was never registered, as the command named it. */
export const noSuchComponent = (
  id: string,
  field: 'component_id' | 'source_component_id' | 'target_component_id' = 'component_id',
): Refusal => ({ code: 'NOT_FOUND', message: 'Component not found', params: { [field]: id } });

const noSuchProject = (field: string, id: string, message: string): Decision =>
  refuse('NOT_FOUND', message, { [field]: id });

/** Registers; what is registered already is unchanged, or updated (spec/domain.md, "Component"). */
export function decideRegisterComponent(
  state: Component | null,
  command: RegisterComponent,
  context: DecisionContext,
  { parent, linked }: { readonly parent: Project | null; readonly linked: Project | null },
): Decision {
  const { parent_project_id, name } = command;
  if (parent === null || !parent.active) {
    const message = parent === null ? 'Parent project not found' : 'Parent project is not active';
    return noSuchProject('parent_project_id', parent_project_id, message);
  }
  if (command.linked_project_id && linked === null) return noLinkedProject(command);
  if (state === null) {
    const component = {
      id: context.entityId,
      parent_project_id,
      project_name: parent.name,
      remote_origin: parent.remote_origin,
      name,
      path: command.path,
      kind: command.kind ?? 'local',
      enabled: command.enabled ?? true,
      linked_project_id: command.linked_project_id ?? null,
      metadata: command.metadata ?? {},
    };
    return write([{ type: 'imi.component.registered', data: payloadOf(component) }], {
      kind: 'component',
      key: componentKeyOf(parent_project_id, name),
      taken: (holderId) => nameTaken(holderId, command),
    });
  }
  if (state.parent_project_id !== parent_project_id || state.name !== name) {
    return refuse('CONFLICT', 'This component id belongs to another component', {
      component_id: state.id,
      parent_project_id: state.parent_project_id,
      name: state.name,
    });
  }
  if (command.component_id !== undefined && command.component_id !== state.id) {
    return { kind: 'refused', refusal: nameTaken(state.id, command) };
  }
  return updated(state, merged(state, command, command.metadata ?? state.metadata));
}

/** Writes what differs, with the whole face of the component; nothing differs → unchanged. */
export function decideUpdateComponent(
  state: Component | null,
  command: UpdateComponent,
  linked: Project | null,
): Decision {
  if (state === null) {
    return { kind: 'refused', refusal: noSuchComponent(command.component_id) };
  }
  if (command.linked_project_id && linked === null) return noLinkedProject(command);
  const patched = patchedMetadata(state.metadata, command.metadata);
  if ('refusal' in patched) return { kind: 'refused', refusal: patched.refusal };
  return updated(state, merged(state, command, patched.metadata));
}

const noLinkedProject = (command: { readonly linked_project_id?: unknown }): Decision =>
  noSuchProject('linked_project_id', String(command.linked_project_id), 'Linked project not found');

const nameTaken = (
  componentId: string,
  { parent_project_id, name }: Pick<RegisterComponent, 'parent_project_id' | 'name'>,
): Refusal => ({
  code: 'CONFLICT',
  message: 'This name already belongs to another component of the project',
  params: { component_id: componentId, parent_project_id, name },
});

function updated(state: Component, next: Face): Decision {
  const changed = (Object.keys(next) as (keyof Face)[]).filter(
    (field) => !equal(next[field], state[field]),
  );
  if (changed.length === 0) return unchanged({ component_id: state.id });
  const data = { ...payloadOf(next), changed_fields: changed };
  return write([{ type: 'imi.component.updated', data }]);
}

type Changes = Pick<UpdateComponent, 'path' | 'kind' | 'enabled' | 'linked_project_id'>;

/** The parent and the name are what a component is known by, so they stay. */
const merged = (state: Component, changes: Changes, metadata: JsonObject): Face => ({
  id: state.id,
  parent_project_id: state.parent_project_id,
  project_name: state.project_name,
  remote_origin: state.remote_origin,
  name: state.name,
  path: changes.path ?? state.path,
  kind: changes.kind ?? state.kind,
  enabled: changes.enabled ?? state.enabled,
  linked_project_id:
    changes.linked_project_id === undefined ? state.linked_project_id : changes.linked_project_id,
  metadata,
});
