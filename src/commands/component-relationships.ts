import type { Component } from '../events/component.ts';
import type { JsonObject } from '../events/event-store.ts';
import { relationshipIdOf } from '../events/ids.ts';
import { identityOf, noSuchComponent } from './component.ts';
import type { RelateComponents, UnrelateComponents } from './component-schemas.ts';
import { type Decision, refuse, unchanged, write } from './decision.ts';

/** Relates two components; the same relationship again changes nothing. */
export function decideRelate(
  state: Component | null,
  command: RelateComponents,
  target: Component | null,
): Decision {
  const { source_component_id, target_component_id, relationship_type } = command;
  if (state === null) return noSuchSource(source_component_id);
  if (target_component_id === state.id) {
    const message = 'must not be the component itself';
    return refuse('VALIDATION_ERROR', `target_component_id ${message}`, {
      errors: [{ path: 'target_component_id', message }],
    });
  }
  if (target === null) return noSuchTarget(target_component_id);
  const id = relationshipIdOf(state.id, target.id, relationship_type);
  if (holds(state, id)) return unchanged({ component_id: state.id, relationship_id: id });
  const data = { ...relationOf(state, target, command), metadata: command.metadata ?? {} };
  return write([{ type: 'imi.component.related', data }]);
}

/** Ends a relationship; one that is not there changes nothing. */
export function decideUnrelate(
  state: Component | null,
  command: UnrelateComponents,
  target: Component | null,
): Decision {
  const { source_component_id, target_component_id, relationship_type } = command;
  if (state === null) return noSuchSource(source_component_id);
  if (target === null) return noSuchTarget(target_component_id);
  const id = relationshipIdOf(state.id, target.id, relationship_type);
  if (!holds(state, id)) return unchanged({ component_id: state.id, relationship_id: id });
  return write([{ type: 'imi.component.unrelated', data: relationOf(state, target, command) }]);
}

const noSuchSource = (id: string): Decision => ({
  kind: 'refused',
  refusal: noSuchComponent(id, 'source_component_id'),
});

const noSuchTarget = (id: string): Decision => ({
  kind: 'refused',
  refusal: noSuchComponent(id, 'target_component_id'),
});

const holds = ({ relationships }: Component, id: string): boolean =>
  relationships.some((relationship) => relationship.id === id);

const relationOf = (
  source: Component,
  target: Component,
  { relationship_type }: UnrelateComponents,
): JsonObject => ({
  ...identityOf(source),
  relationship_id: relationshipIdOf(source.id, target.id, relationship_type),
  target_component_id: target.id,
  target_component_name: target.name,
  relationship_type,
});
