/** An event as a client proposes it. */
export interface ProposedEvent {
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

/** An event with the stream and the revision it is to have. */
export interface PlacedEvent {
  readonly stream: string;
  readonly revision: number;
  readonly event: ProposedEvent;
}
