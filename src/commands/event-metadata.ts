import { schemaVersion } from '../events/catalogue.ts';
import type { EventMetadata } from '../events/event-store.ts';
import type { IncomingCommand } from './command.ts';

/** The metadata of whatever a command writes (spec/domain.md, "Streams and events"). */
export const metadataOf = (command: IncomingCommand): EventMetadata => ({
  command_id: command.id,
  $correlationId: command.correlationId,
  $causationId: command.causationId,
  actor: command.actor,
  source: command.source,
  schema_version: schemaVersion,
  occurred_at: command.now,
  ...(command.originalId !== undefined && { original_command_id: command.originalId }),
});
