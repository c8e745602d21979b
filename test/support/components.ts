import type { IncomingCommand } from '../../src/commands/command.ts';
import type { RecordedEvent } from '../../src/events/event-store.ts';
import { componentIdOf } from '../../src/events/ids.ts';
import { command, projectId } from './commands.ts';

export const componentId = (name: string): string => componentIdOf(projectId, name);

export const registerComponent = (
  name: string,
  body: Record<string, unknown> = {},
  given: Partial<IncomingCommand> = {},
): IncomingCommand =>
  command(
    'register_component',
    { parent_project_id: projectId, name, path: `services/${name}`, kind: 'local', ...body },
    given,
  );

const relation = (source: string, target: string, type: string) => ({
  source_component_id: componentId(source),
  target_component_id: componentId(target),
  relationship_type: type,
});

export const relate = (source: string, target: string, type = 'depends_on'): IncomingCommand =>
  command('relate_components', relation(source, target, type));

export const unrelate = (source: string, target: string, type = 'depends_on'): IncomingCommand =>
  command('unrelate_components', relation(source, target, type));

/** The components of a project as a history tells them, for importers in tests. */
export const componentsIn = (history: readonly RecordedEvent[], parentId: string) =>
  history
    .filter(({ type, data }) => {
      return type === 'imi.component.registered' && data.parent_project_id === parentId;
    })
    .map(({ data }) => ({ id: String(data.component_id), name: String(data.component_name) }));
