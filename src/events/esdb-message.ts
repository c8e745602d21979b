import { find, ProtobufFields, textIn } from '../protobuf/fields.ts';
import type {
  EventMetadata,
  JsonObject,
  RecordedEvent,
  SubscriptionMessage,
} from './event-store.ts';

/**
 * Decodes one message of a read or a subscription (`ReadResp`): an event, a checkpoint, or null for
 * one that says nothing of the log. By hand and in one pass, because the generated classes and the
 * client take longer for an event than it takes to fold it.
 * Throws when the bytes are no such message.
 */
export function decodeRead(message: Buffer): SubscriptionMessage | null {
  const fields = new ProtobufFields(message);
  while (fields.next()) {
    const inner = fields.inside();
    // ReadEvent.event
    if (fields.number === 1) {
      return find(inner, 1) ? { kind: 'event', event: recordedOf(inner.inside()) } : null;
    }
    // Checkpoint.commit_position
    if (fields.number === 3) {
      return find(inner, 1) ? { kind: 'checkpoint', position: BigInt(inner.value) } : null;
    }
  }
  return null;
}

function recordedOf(fields: ProtobufFields): RecordedEvent {
  let [id, streamId, type, contentType, created] = ['', '', '', '', ''];
  let [revision, position] = [0, 0];
  let data: Buffer = none;
  let metadata: Buffer = none;
  while (fields.next()) {
    if (fields.number === 1) id = textIn(fields.inside(), 2);
    else if (fields.number === 2) streamId = textIn(fields.inside(), 3);
    else if (fields.number === 3) revision = fields.value;
    else if (fields.number === 5) position = fields.value;
    else if (fields.number === 6) {
      const entry = fields.inside();
      const name = textIn(entry, 1);
      const value = textIn(entry, 2);
      if (name === 'type') type = value;
      else if (name === 'content-type') contentType = value;
      else if (name === 'created') created = value;
    } else if (fields.number === 7) metadata = fields.bytes();
    else if (fields.number === 8) data = fields.bytes();
  }
  return {
    ...{ id, type, streamId, revision, position: BigInt(position) },
    data: (contentType === 'application/json' ? parsed(data, text) : data) as JsonObject,
    metadata: metadataOf(parsed(metadata, nothing), id, () => dateOfTicks(created)),
  };
}

const none = Buffer.alloc(0);
const text = (bytes: Buffer): unknown => bytes.toString();
const nothing = (): unknown => null;

/** JSON as a value; what is none, as `otherwise` has it. */
function parsed(json: Buffer, otherwise: (json: Buffer) => unknown): unknown {
  try {
    return JSON.parse(json.toString());
  } catch {
    return otherwise(json);
  }
}

/** Of .NET's ticks of 100 ns, in which the store has the time of writing, since 1970. */
const dateOfTicks = (ticks: string): Date => new Date(Number(BigInt(ticks || 0) / 10_000n));

/** What was written by others may lack it; it is then its own beginning. */
function metadataOf(metadata: unknown, id: string, created: () => Date): EventMetadata {
  const known = metadata as EventMetadata | null | undefined;
  if (known?.occurred_at !== undefined) return known;
  return {
    command_id: id,
    $correlationId: id,
    $causationId: id,
    actor: 'unknown',
    source: { host: 'unknown', type: 'service', app: 'unknown' },
    schema_version: 1,
    occurred_at: created().toISOString(),
    ...known,
  };
}
