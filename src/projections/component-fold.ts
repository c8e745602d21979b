import type { ImiEvent } from '../events/catalogue.ts';
import {
  type Component,
  type ComponentEvent,
  componentEvents,
  evolveComponent,
  type Relationship,
} from '../events/component.ts';
import type { Generation } from './generation.ts';
import { KnownRows } from './known-rows.ts';
import type { Change, ColumnTypes, FoldedTable, RowFold } from './row-fold.ts';
import { selectByIds } from './select-rows.ts';
import { assertStorable } from './storable.ts';
import type { ComponentRelationshipsTable, ComponentsTable } from './tables.ts';

const columns = {
  id: 'uuid',
  parent_project_id: 'uuid',
  project_name: 'text',
  remote_origin: 'text',
  name: 'text',
  path: 'text',
  kind: 'text',
  enabled: 'boolean',
  linked_project_id: 'uuid',
  metadata: 'jsonb',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
  revision: 'integer',
  position: 'bigint',
} as const satisfies Record<keyof ComponentsTable, ColumnTypes[string]>;

const relationshipColumns = {
  id: 'uuid',
  source_component_id: 'uuid',
  source_component_name: 'text',
  target_component_id: 'uuid',
  target_component_name: 'text',
  relationship_type: 'text',
  metadata: 'jsonb',
  created_at: 'timestamptz',
  position: 'bigint',
} as const satisfies Record<keyof ComponentRelationshipsTable, ColumnTypes[string]>;

const components: FoldedTable = { table: 'components', columns };
const relationships: FoldedTable = {
  ...{ table: 'component_relationships', columns: relationshipColumns },
};

type ComponentRow = Omit<Component, 'relationships'> & {
  readonly revision: number;
  readonly position: bigint;
};
type RelationshipRow = Relationship & {
  readonly source_component_id: string;
  readonly source_component_name: string;
  readonly position: bigint;
};
type HandledEvent = Extract<ImiEvent, ComponentEvent>;

/** Tables `components` and `component_relationships`. */
export class ComponentFold implements RowFold {
  readonly #rows = new KnownRows<ComponentRow>();
  #changed = new Map<string, ComponentRow>();
  /** By id; null is one that has ended. */
  #relationships = new Map<string, RelationshipRow | null>();

  handles(event: ImiEvent): event is HandledEvent {
    return Object.hasOwn(componentEvents, event.type);
  }

  async load(from: Generation, events: readonly HandledEvent[]): Promise<void> {
    const ids = this.#rows.unknown(events.map(idOf));
    for (const row of await selectByIds<ComponentRow>(from, components, ids)) {
      this.#rows.set(row.id, row);
    }
  }

  apply(event: HandledEvent): void {
    const id = idOf(event);
    const { revision, position } = event;
    const before = this.#rows.get(id);
    // What an event does to one relationship does not depend on the others, so none are read.
    const state = before === undefined ? null : { ...before, relationships: [] };
    const { relationships, ...component } = evolveComponent(
      state,
      event,
      event.metadata.occurred_at,
    );
    const row = { ...component, revision, position };
    const related = relationships.map((relationship) => ({
      ...relationship,
      source_component_id: id,
      source_component_name: component.name,
      position,
    }));
    for (const each of [row, ...related]) assertStorable(each);
    this.#rows.set(id, row);
    this.#changed.set(id, row);
    for (const each of related) this.#relationships.set(each.id.toLowerCase(), each);
    if (event.type === 'imi.component.unrelated') {
      this.#relationships.set(event.data.relationship_id.toLowerCase(), null);
    }
  }

  take(): readonly Change[] {
    const changed = [...this.#changed.values()];
    const related = [...this.#relationships.values()].filter((row) => row !== null);
    const ended = [...this.#relationships].filter(([, row]) => row === null).map(([id]) => id);
    this.#changed = new Map();
    this.#relationships = new Map();
    this.#rows.endBatch();
    return [
      { kind: 'replace', of: components, rows: changed },
      { kind: 'replace', of: relationships, rows: related },
      { kind: 'delete', table: relationships.table, column: 'id', ids: ended },
    ];
  }
}

/** As the database writes it, whatever the case in the event. */
const idOf = (event: HandledEvent): string => event.data.component_id.toLowerCase();
