import { describe, expect, it } from 'vitest';
import { decideRegisterComponent, decideUpdateComponent } from '../../src/commands/component.ts';
import { decideRelate, decideUnrelate } from '../../src/commands/component-relationships.ts';
import type { Decision, DecisionContext } from '../../src/commands/decision.ts';
import {
  type Component,
  type ComponentEvent,
  evolveComponent,
} from '../../src/events/component.ts';
import { relationshipIdOf } from '../../src/events/ids.ts';
import type { Project } from '../../src/events/project.ts';
import { at, origin, projectId, settings } from '../support/commands.ts';
import { componentId } from '../support/components.ts';

const widget: Project = {
  id: projectId,
  name: 'widget',
  remote_origin: origin,
  default_branch: 'main',
  trunk_path: '/code/widget/trunk-main',
  description: null,
  metadata: {},
  active: true,
  created_at: at,
  updated_at: at,
};

const id = componentId('api');
const storeId = componentId('store');
const contextOf = (entityId: string): DecisionContext => ({
  ...settings,
  now: at,
  actor: 'tester',
  entityId,
});
const registering = { parent_project_id: projectId, name: 'api', path: 'services/api' };

/** The component after what these decisions wrote, one after another. */
function given(...decisions: ((state: Component | null) => Decision)[]): Component | null {
  let state: Component | null = null;
  for (const decide of decisions) {
    const decision = decide(state);
    if (decision.kind !== 'events') throw new Error('A given decision must write events');
    for (const event of decision.events) {
      state = evolveComponent(state, event as unknown as ComponentEvent, at);
    }
  }
  return state;
}

const register =
  (
    body: Partial<Parameters<typeof decideRegisterComponent>[1]> = {},
    parent: Project | null = widget,
  ) =>
  (state: Component | null) =>
    decideRegisterComponent(state, { ...registering, ...body }, contextOf(id), {
      parent,
      linked: null,
    });
const update =
  (body: Partial<Parameters<typeof decideUpdateComponent>[1]>, linked: Project | null = null) =>
  (state: Component | null) =>
    decideUpdateComponent(state, { component_id: id, ...body }, linked);
const relation = {
  source_component_id: id,
  target_component_id: storeId,
  relationship_type: 'depends_on' as const,
};
const store = given((state) =>
  decideRegisterComponent(state, { ...registering, name: 'store' }, contextOf(storeId), {
    parent: widget,
    linked: null,
  }),
);
const relate = (state: Component | null) => decideRelate(state, relation, store);
const unrelate = (state: Component | null) => decideUnrelate(state, relation, store);

const written = (decision: Decision) =>
  decision.kind === 'events' ? decision.events.map(({ type }) => type) : decision.kind;
const refusal = (decision: Decision) =>
  decision.kind === 'refused' ? decision.refusal : decision.kind;

describe('Registering a component', () => {
  it('writes its whole face with the keys of its parent, and what was left out', () => {
    expect(register()(null)).toMatchObject({
      kind: 'events',
      events: [
        {
          type: 'imi.component.registered',
          data: {
            component_id: id,
            component_name: 'api',
            parent_project_id: projectId,
            project_name: 'widget',
            remote_origin: origin,
            path: 'services/api',
            kind: 'local',
            enabled: true,
            linked_project_id: null,
            metadata: {},
          },
        },
      ],
      reserve: { kind: 'component' },
    });
  });

  it('again changes nothing', () => {
    const decision = register()(given(register()));
    expect(decision).toEqual({ kind: 'unchanged', ids: { component_id: id } });
  });

  it('again with other values updates those and keeps the rest', () => {
    const before = given(register({ kind: 'external', enabled: false }));
    expect(register({ path: 'lib/api' })(before)).toMatchObject({
      events: [
        {
          type: 'imi.component.updated',
          data: {
            path: 'lib/api',
            kind: 'external',
            enabled: false,
            changed_fields: ['path'],
          },
        },
      ],
    });
  });

  it.each([
    ['missing', null, 'Parent project not found'],
    ['inactive', { ...widget, active: false }, 'Parent project is not active'],
  ])('is refused when the parent is %s', (_what, parent, message) => {
    expect(refusal(register({}, parent)(null))).toEqual({
      code: 'NOT_FOUND',
      message,
      params: { parent_project_id: projectId },
    });
  });

  it('is refused when the linked project is not there', () => {
    const linked_project_id = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
    for (const state of [null, given(register())]) {
      expect(refusal(register({ linked_project_id })(state))).toMatchObject({
        code: 'NOT_FOUND',
        params: { linked_project_id },
      });
    }
  });

  it('under the id of another component, or with another id, is a conflict', () => {
    const before = given(register());
    expect(refusal(register({ name: 'other' })(before))).toMatchObject({ code: 'CONFLICT' });
    expect(refusal(register({ component_id: storeId })(before))).toMatchObject({
      code: 'CONFLICT',
      params: { component_id: id },
    });
  });
});

describe('Updating a component', () => {
  it('names what changed and patches the metadata', () => {
    const before = given(register({ metadata: { a: 1, b: 2 } }));
    const decision = update({ enabled: false, metadata: { a: null } })(before);
    expect(decision).toMatchObject({
      events: [
        { data: { enabled: false, metadata: { b: 2 }, changed_fields: ['enabled', 'metadata'] } },
      ],
    });
  });

  it('to what it is changes nothing', () => {
    const decision = update({ enabled: true, path: 'services/api' })(given(register()));
    expect(decision.kind).toBe('unchanged');
  });

  it('links it to a project and takes the link away', () => {
    const linked = update({ linked_project_id: projectId }, widget);
    expect(given(register(), linked)?.linked_project_id).toBe(projectId);
    const unlinked = update({ linked_project_id: null });
    expect(given(register(), linked, unlinked)?.linked_project_id).toBeNull();
  });

  it('is refused when it was never registered', () => {
    expect(refusal(update({ enabled: false })(null))).toMatchObject({
      code: 'NOT_FOUND',
      params: { component_id: id },
    });
  });

  it('is refused when the merged metadata is too large', () => {
    const big = (key: string) => ({ [key]: 'x'.repeat(60 * 1024) });
    const decision = update({ metadata: big('b') })(given(register({ metadata: big('a') })));
    expect(refusal(decision)).toMatchObject({
      code: 'VALIDATION_ERROR',
      params: { errors: [{ path: 'metadata' }] },
    });
  });
});

describe('Relating components', () => {
  it('is recorded with both names, once for each source, target and type', () => {
    expect(relate(given(register()))).toMatchObject({
      events: [
        {
          type: 'imi.component.related',
          data: {
            component_name: 'api',
            target_component_name: 'store',
            relationship_type: 'depends_on',
            relationship_id: relationshipIdOf(id, storeId, 'depends_on'),
          },
        },
      ],
    });
    const related = given(register(), relate);
    expect(relate(related).kind).toBe('unchanged');
    const other = { ...relation, relationship_type: 'consumes_events_from' as const };
    expect(written(decideRelate(related, other, store))).toEqual(['imi.component.related']);
  });

  it('is refused from a component to itself', () => {
    const self = { ...relation, target_component_id: id };
    const state = given(register());
    expect(refusal(decideRelate(state, self, state))).toMatchObject({
      code: 'VALIDATION_ERROR',
      params: { errors: [{ path: 'target_component_id' }] },
    });
  });

  it('is refused when either end was never registered', () => {
    for (const decide of [decideRelate, decideUnrelate]) {
      expect(refusal(decide(null, relation, store))).toMatchObject({
        code: 'NOT_FOUND',
        params: { source_component_id: id },
      });
      expect(refusal(decide(given(register()), relation, null))).toMatchObject({
        code: 'NOT_FOUND',
        params: { target_component_id: storeId },
      });
    }
  });

  it('can be ended and begun again, and ending what is not there changes nothing', () => {
    expect(unrelate(given(register())).kind).toBe('unchanged');
    const ended = given(register(), relate, unrelate);
    expect(ended?.relationships).toEqual([]);
    expect(unrelate(ended).kind).toBe('unchanged');
    expect(given(register(), relate, unrelate, relate)?.relationships).toHaveLength(1);
  });

  it('is kept when the component is changed', () => {
    const state = given(register(), relate, update({ enabled: false }));
    expect(state?.relationships).toMatchObject([{ target_component_id: storeId }]);
  });
});
