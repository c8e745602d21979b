import { z } from 'zod';
import { componentKinds, relationshipTypes } from '../events/component.ts';
import { metadata, path, shortText, uuid } from './fields.ts';

/** What may be said of a component, beside its parent and its name, which never change. */
const face = {
  path: path.optional(),
  kind: z.enum(componentKinds).optional(),
  enabled: z.boolean().optional(),
  linked_project_id: uuid.nullish(),
  metadata: metadata.optional(),
};

export const registerComponent = z.object({
  parent_project_id: uuid,
  name: shortText,
  ...face,
  path,
  /** Kept as given when another registry already knows the component (import). */
  component_id: uuid.optional(),
});

/** `metadata` is a JSON Merge Patch (RFC 7396). */
export const updateComponent = z.object({ component_id: uuid, ...face });

const relationship = {
  source_component_id: uuid,
  target_component_id: uuid,
  relationship_type: z.enum(relationshipTypes),
};

export const relateComponents = z.object({ ...relationship, metadata: metadata.optional() });

export const unrelateComponents = z.object(relationship);

export type RegisterComponent = z.infer<typeof registerComponent>;
export type UpdateComponent = z.infer<typeof updateComponent>;
export type RelateComponents = z.infer<typeof relateComponents>;
export type UnrelateComponents = z.infer<typeof unrelateComponents>;
