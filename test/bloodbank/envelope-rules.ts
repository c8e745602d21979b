const sourceTypes = [
  'manual',
  'agent',
  'scheduled',
  'heartbeat',
  'file_watch',
  'hook',
  'webhook',
  'service',
];
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const rfc3339Utc = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const position = /^(0|[1-9]\d*)$/;

type Fields = Record<string, unknown>;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isUuid = (value: unknown): boolean => typeof value === 'string' && uuid.test(value);

/** What iMi says to who sent a command, and records nowhere. */
const isAnswer = (routingKey: string, payload: Fields): boolean =>
  routingKey.startsWith('command.imi.') ||
  /^imi[.](project[.]registration|worktree[.](creation|merge))_failed$/.test(routingKey) ||
  payload.unchanged === true;

/**
 * What at least one consumer of the ecosystem would refuse in an envelope (spec/bloodbank.md,
 * "Envelope we send"), written independently of the code that makes envelopes. Empty: all accept it.
 */
export function violationsOf(envelope: unknown, routingKey: string): string[] {
  if (!isObject(envelope)) return ['the envelope is not an object'];
  const found: string[] = [];
  const demand = (holds: boolean, rule: string): void => {
    if (!holds) found.push(rule);
  };
  const { event_type: type, source, payload, correlation_ids: parents } = envelope;
  demand(isUuid(envelope.event_id), 'event_id is not a UUID');
  demand(type === routingKey, 'event_type is not the routing key');
  demand(
    typeof type === 'string' && /^[a-z0-9_]+(\.[a-z0-9_]+)+$/.test(type),
    'event_type has a hyphen, a capital or an empty part',
  );
  demand(typeof type === 'string' && type.length <= 255, 'event_type is over 255 characters');
  demand(rfc3339Utc.test(String(envelope.timestamp)), 'timestamp is not RFC 3339 UTC');
  demand(/^\d+\.\d+\.\d+$/.test(String(envelope.version)), 'version is not x.y.z');
  if (isObject(source)) {
    demand(typeof source.host === 'string' && source.host !== '', 'source.host is missing');
    demand(sourceTypes.includes(String(source.type)), 'source.type is not a known one');
    demand(typeof source.app === 'string' && source.app !== '', 'source.app is missing or null');
    demand(isObject(source.meta), 'source.meta is not an object');
  } else {
    demand(false, 'source is not an object');
  }
  demand(typeof envelope.producer === 'string', 'producer is missing');
  demand(Array.isArray(parents) && parents.every(isUuid), 'correlation_ids is not a list of UUIDs');
  demand(isUuid(envelope.correlation_id), 'correlation_id is not a UUID');
  demand(
    !('causation_id' in envelope) || isUuid(envelope.causation_id),
    'causation_id is there and not a UUID',
  );
  demand(
    envelope.agent_context === null ||
      (isObject(envelope.agent_context) && typeof envelope.agent_context.type === 'string'),
    'agent_context has no type',
  );
  if (isObject(payload) && isAnswer(routingKey, payload)) {
    const place = ['previous_position', 'stream_revision'];
    demand(!place.some((field) => field in payload), 'an answer has a place among the events');
    demand(typeof payload.command_id === 'string', 'an answer does not name its command');
  } else if (isObject(payload)) {
    demand(position.test(String(payload.position)), 'payload.position is not a decimal string');
    demand(
      payload.previous_position === null || position.test(String(payload.previous_position)),
      'payload.previous_position is not a decimal string or null',
    );
    demand(Number.isInteger(payload.stream_revision), 'payload.stream_revision is not a number');
  } else {
    demand(false, 'payload is not an object');
  }
  return found;
}
