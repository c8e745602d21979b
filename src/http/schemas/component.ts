import { z } from 'zod';
import { componentKinds, relationshipTypes } from '../../events/component.ts';
import { metadata, time, uuid } from './fields.ts';

const exampleId = '5c1f7c52-60a3-5f0e-9e4f-2a8c1d3b7e90';
const exampleTarget = '8e2d4b6a-1c3f-5a7b-8d9e-0f1a2b3c4d5e';
const exampleRelationship = '1d7a9c3e-5b2f-5e8d-a6c4-7f0e1b2d3c4a';

/** A component as every door of the API shows it (spec/domain.md, "Component"). */
export const componentResource = z
  .object({
    id: uuid,
    component_id: uuid.describe('The same as id'),
    parent_project_id: uuid,
    project_name: z.string().describe("The parent's, as it was when the component was registered"),
    remote_origin: z.string().describe("The parent's"),
    name: z.string().describe('Unique within the parent'),
    path: z.string(),
    kind: z.enum(componentKinds),
    enabled: z.boolean(),
    linked_project_id: uuid.nullable().describe('The project that the component is itself'),
    metadata,
    created_at: time,
    updated_at: time,
    revision: z.int().describe('Revision of its stream: the ETag'),
  })
  .meta({
    id: 'Component',
    description: 'A part of a project',
    examples: [
      {
        id: exampleId,
        component_id: exampleId,
        parent_project_id: '3f0e6d1c-1a5b-5d8e-9d8b-6f2f0f1d2c3b',
        project_name: 'widget',
        remote_origin: 'git@github.com:acme/widget.git',
        name: 'api',
        path: 'services/api',
        kind: 'local',
        enabled: true,
        linked_project_id: null,
        metadata: { team: 'core' },
        created_at: '2026-01-21T14:30:22.000Z',
        updated_at: '2026-01-21T14:30:22.000Z',
        revision: 0,
      },
    ],
  });

/** An edge between components, from the one whose stream records it. */
export const relationshipResource = z
  .object({
    id: uuid,
    relationship_id: uuid.describe('The same as id'),
    source_component_id: uuid,
    source_component_name: z.string(),
    target_component_id: uuid,
    target_component_name: z.string(),
    relationship_type: z.enum(relationshipTypes),
    metadata,
    created_at: time,
  })
  .meta({
    id: 'ComponentRelationship',
    description: 'How one component relates to another',
    examples: [
      {
        id: exampleRelationship,
        relationship_id: exampleRelationship,
        source_component_id: exampleId,
        source_component_name: 'api',
        target_component_id: exampleTarget,
        target_component_name: 'store',
        relationship_type: 'depends_on',
        metadata: {},
        created_at: '2026-01-21T14:31:00.000Z',
      },
    ],
  });

const edge = relationshipResource.pick({
  relationship_id: true,
  source_component_id: true,
  target_component_id: true,
  relationship_type: true,
});

export const componentGraph = z
  .object({
    component_id: uuid,
    components: z.array(componentResource).describe('The component asked for is the first'),
    relationships: z.array(edge).describe('All between the components shown'),
    truncated: z.boolean().describe('There is more than is shown'),
  })
  .meta({ id: 'ComponentGraph', description: 'All that can be reached from a component' });

const imported = z.array(z.object({ component_id: uuid, name: z.string() }));

export const importReport = z
  .object({
    parent_project_id: uuid,
    dry_run: z.boolean(),
    created: imported,
    updated: imported,
    unchanged: imported,
    disabled: imported.describe('No longer in the file'),
  })
  .meta({ id: 'ComponentImport', description: 'What an import changed, or would change' });

export type ComponentResource = z.infer<typeof componentResource>;
export type RelationshipResource = z.infer<typeof relationshipResource>;
export type ComponentGraph = z.infer<typeof componentGraph>;
export type ImportReport = z.infer<typeof importReport>;
