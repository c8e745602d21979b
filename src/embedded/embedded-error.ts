/** What can go wrong with a part of the embedded default. The message names the remedy. */
export type EmbeddedErrorCode =
  | 'IMI_ERR_DATA_DIR_IN_USE'
  | 'IMI_ERR_DATA_DIR_UNUSABLE'
  | 'IMI_ERR_EMBEDDED_EVENT_STORE_FAILED'
  | 'IMI_ERR_EMBEDDED_POSTGRES_UNAVAILABLE'
  | 'IMI_ERR_EMBEDDED_POSTGRES_FAILED';

/** A failure of the embedded default, told apart by `code`. */
export class EmbeddedError extends Error {
  readonly code: EmbeddedErrorCode;

  constructor(code: EmbeddedErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EmbeddedError';
    this.code = code;
  }
}
