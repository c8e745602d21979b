import { describe, expect, it } from 'vitest';
import { EventSourcedCommandHandler } from '../../src/commands/handler.ts';
import { command, projectId, registerWidget, settings } from '../support/commands.ts';
import { componentId, registerComponent, relate, unrelate } from '../support/components.ts';
import { InMemoryEventStore } from '../support/in-memory-event-store.ts';

const setUp = async () => {
  const store = new InMemoryEventStore();
  const handler = new EventSourcedCommandHandler(store, settings);
  await handler.handle(registerWidget());
  return { store, handler };
};

describe('A component', () => {
  it('has an id that follows from its parent and its name', async () => {
    const { store, handler } = await setUp();
    const outcome = await handler.handle(registerComponent('api'));
    expect(outcome).toMatchObject({
      status: 'accepted',
      ids: { component_id: componentId('api') },
    });
    expect(store.published.at(-1)?.streamId).toBe(`component-${componentId('api')}`);
    expect((await handler.handle(registerComponent('api'))).status).toBe('unchanged');
  });

  it('keeps the id that an import brings, for whoever registers the name later', async () => {
    const { handler } = await setUp();
    const id = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
    await handler.handle(registerComponent('api', { component_id: id }));
    const plain = await handler.handle(registerComponent('api'));
    expect(plain).toMatchObject({ status: 'unchanged', ids: { component_id: id } });
  });

  it('is one of its name in its parent, and a conflict names the one that has it', async () => {
    const { handler } = await setUp();
    await handler.handle(registerComponent('api'));
    const component_id = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
    for (const attempt of ['handle', 'rehearse'] as const) {
      expect(await handler[attempt](registerComponent('api', { component_id }))).toMatchObject({
        status: 'rejected',
        error: { code: 'CONFLICT', params: { component_id: componentId('api') } },
      });
    }
  });

  it('is registered once when several processes try at once with ids of their own', async () => {
    const { store } = await setUp();
    const ids = ['7c9e6679-7425-40de-944b-e07fc1f90ae7', '8d9e6679-7425-40de-944b-e07fc1f90ae8'];
    const outcomes = await Promise.all(
      ids.map((component_id) =>
        new EventSourcedCommandHandler(store, settings).handle(
          registerComponent('api', { component_id }),
        ),
      ),
    );
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['accepted', 'rejected']);
    const registered = store.published.filter(({ type }) => type === 'imi.component.registered');
    expect(registered).toHaveLength(1);
  });

  it('needs a parent that is there and active', async () => {
    const { handler } = await setUp();
    const nowhere = { parent_project_id: '7c9e6679-7425-40de-944b-e07fc1f90ae7' };
    expect(await handler.handle(registerComponent('api', nowhere))).toMatchObject({
      error: { code: 'NOT_FOUND', params: nowhere },
    });
    await handler.handle(command('deactivate_project', { project_id: projectId }));
    expect(await handler.handle(registerComponent('api'))).toMatchObject({
      error: { code: 'NOT_FOUND', message: 'Parent project is not active' },
    });
  });

  it('can be linked to a project that is there', async () => {
    const { handler } = await setUp();
    const link = (linked_project_id: string) =>
      handler.handle(
        command('update_component', { component_id: componentId('api'), linked_project_id }),
      );
    await handler.handle(registerComponent('api'));
    expect((await link(projectId)).status).toBe('accepted');
    expect(await link('7c9e6679-7425-40de-944b-e07fc1f90ae7')).toMatchObject({
      error: { code: 'NOT_FOUND' },
    });
  });
});

describe('A relationship', () => {
  it('stands in the stream of its source and moves its revision', async () => {
    const { store, handler } = await setUp();
    for (const name of ['api', 'store']) await handler.handle(registerComponent(name));
    expect(await handler.handle(relate('api', 'store'))).toMatchObject({
      status: 'accepted',
      revision: 1,
      ids: { component_id: componentId('api'), relationship_id: expect.any(String) },
    });
    expect(store.published.at(-1)?.streamId).toBe(`component-${componentId('api')}`);
    expect((await handler.handle(relate('api', 'store'))).status).toBe('unchanged');
    expect((await handler.handle(unrelate('api', 'store'))).status).toBe('accepted');
    expect((await handler.handle(unrelate('api', 'store'))).status).toBe('unchanged');
  });

  it('needs both of its ends, and two of them', async () => {
    const { handler } = await setUp();
    await handler.handle(registerComponent('api'));
    for (const [attempt, code, params] of [
      [relate('api', 'nobody'), 'NOT_FOUND', { target_component_id: componentId('nobody') }],
      [relate('nobody', 'api'), 'NOT_FOUND', { source_component_id: componentId('nobody') }],
      [relate('api', 'api'), 'VALIDATION_ERROR', {}],
      [relate('api', 'nobody', 'knows'), 'VALIDATION_ERROR', {}],
    ] as const) {
      expect(await handler.handle(attempt)).toMatchObject({ error: { code, params } });
    }
  });
});
