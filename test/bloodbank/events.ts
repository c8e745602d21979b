import { randomUUID } from 'node:crypto';
import type { JsonObject, NewEvent, RecordedEvent } from '../../src/events/event-store.ts';

/** An event of the given type as the handler would write it. */
export function newEvent(type = 'imi.project.deactivated', data: JsonObject = {}): NewEvent {
  const commandId = randomUUID();
  return {
    id: randomUUID(),
    type,
    data,
    metadata: {
      command_id: commandId,
      $correlationId: randomUUID(),
      $causationId: commandId,
      actor: 'agent-1',
      source: { host: 'h', type: 'agent', app: 'test' },
      schema_version: 1,
      occurred_at: '2026-01-21T14:30:22.000Z',
    },
  };
}

export function recordedEvent(place: Partial<RecordedEvent> = {}): RecordedEvent {
  return {
    ...newEvent('imi.project.deactivated', { project_name: 'imi' }),
    streamId: 'project-1',
    revision: 0,
    position: 0n,
    ...place,
  };
}
