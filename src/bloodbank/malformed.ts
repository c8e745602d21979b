/** Why a message cannot be read. A closed list: it becomes a header and a metric label. */
export type MalformedCode =
  | 'body_too_large'
  | 'body_too_deep'
  | 'body_not_utf8'
  | 'body_not_json'
  | 'body_not_object'
  | 'payload_not_object'
  | 'payload_missing'
  | 'bad_id'
  | 'unknown_command'
  | 'bad_event';

/** A message that no retry will make readable. The text names fields and limits, never values. */
export class MalformedMessageError extends Error {
  override readonly name = 'MalformedMessageError';
  readonly code: MalformedCode;

  constructor(code: MalformedCode, reason: string) {
    super(reason);
    this.code = code;
  }
}
