import { z } from 'zod';
import type { JsonObject } from './event-store.ts';

export const componentKinds = ['submodule', 'local', 'external'] as const;
export const relationshipTypes = [
  'depends_on',
  'produces_events_for',
  'consumes_events_from',
] as const;

const metadata = z.record(z.string(), z.unknown());

/** What names a component to a person, carried by each of its events. */
const identity = {
  component_id: z.uuid(),
  component_name: z.string(),
  parent_project_id: z.uuid(),
  project_name: z.string(),
  remote_origin: z.string(),
};

/** The public face of a component, carried whole when it is registered or changed. */
const face = {
  ...identity,
  path: z.string(),
  kind: z.enum(componentKinds),
  enabled: z.boolean(),
  linked_project_id: z.uuid().nullable(),
  metadata,
};

/** A relationship stands in the stream of its source, which is the `component_id`. */
const relationship = {
  ...identity,
  relationship_id: z.uuid(),
  target_component_id: z.uuid(),
  target_component_name: z.string(),
  relationship_type: z.enum(relationshipTypes),
};

export const componentEvents = {
  'imi.component.registered': z.object(face),
  'imi.component.updated': z.object({ ...face, changed_fields: z.array(z.string()) }),
  'imi.component.related': z.object({ ...relationship, metadata }),
  'imi.component.unrelated': z.object(relationship),
} as const;

export type ComponentEvent = {
  [T in keyof typeof componentEvents]: {
    readonly type: T;
    readonly data: z.infer<(typeof componentEvents)[T]>;
  };
}[keyof typeof componentEvents];

export interface Relationship {
  readonly id: string;
  readonly target_component_id: string;
  readonly target_component_name: string;
  readonly relationship_type: (typeof relationshipTypes)[number];
  readonly metadata: JsonObject;
  readonly created_at: string;
}

/** A component as its stream tells it, under its wire names (spec/domain.md, "Component"). */
export interface Component {
  readonly id: string;
  readonly parent_project_id: string;
  /** The parent's, as they stood when the component was registered. */
  readonly project_name: string;
  readonly remote_origin: string;
  readonly name: string;
  readonly path: string;
  readonly kind: (typeof componentKinds)[number];
  readonly enabled: boolean;
  readonly linked_project_id: string | null;
  readonly metadata: JsonObject;
  readonly created_at: string;
  readonly updated_at: string;
  /** Those it is the source of. */
  readonly relationships: readonly Relationship[];
}

/** Folds one event, that happened at `at`, into a component; `null` is one that never was. */
export function evolveComponent(
  state: Component | null,
  event: ComponentEvent,
  at: string,
): Component {
  if (event.type === 'imi.component.registered') return faceOf(event.data, null, at);
  if (state === null) throw new Error(`${event.type} happened before its component was registered`);
  switch (event.type) {
    case 'imi.component.updated':
      return faceOf(event.data, state, at);
    case 'imi.component.related': {
      const related = relationshipOf(event.data, at);
      return { ...state, relationships: [...without(state, related.id), related], updated_at: at };
    }
    case 'imi.component.unrelated':
      return {
        ...state,
        relationships: without(state, event.data.relationship_id),
        updated_at: at,
      };
  }
}

type Face = z.infer<z.ZodObject<typeof face>>;

const faceOf = (data: Face, before: Component | null, at: string): Component => ({
  id: data.component_id,
  parent_project_id: data.parent_project_id,
  project_name: data.project_name,
  remote_origin: data.remote_origin,
  name: data.component_name,
  path: data.path,
  kind: data.kind,
  enabled: data.enabled,
  linked_project_id: data.linked_project_id,
  metadata: data.metadata,
  created_at: before?.created_at ?? at,
  updated_at: at,
  relationships: before?.relationships ?? [],
});

const relationshipOf = (
  data: z.infer<(typeof componentEvents)['imi.component.related']>,
  at: string,
): Relationship => ({
  id: data.relationship_id,
  target_component_id: data.target_component_id,
  target_component_name: data.target_component_name,
  relationship_type: data.relationship_type,
  metadata: data.metadata,
  created_at: at,
});

const without = ({ relationships }: Component, id: string): readonly Relationship[] =>
  relationships.filter((relationship) => relationship.id !== id);
