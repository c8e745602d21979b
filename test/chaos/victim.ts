/** Something that may be killed, frozen and started again on the same data and at the same place. */
export interface Victim {
  readonly name: string;
  /** Starts it, or starts it again after `kill`; returns when it answers. */
  start(): Promise<void>;
  /** SIGKILL; returns when it is gone. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  freeze(): Promise<void>;
  /** SIGCONT. */
  thaw(): Promise<void>;
}

/** A server that the services under test connect to. */
export interface StoreVictim extends Victim {
  /** Where it listens now: it may come back on another port. */
  readonly port: number;
  /** Its address without a proxy in the way. */
  readonly url: string;
  close(): Promise<void>;
}
