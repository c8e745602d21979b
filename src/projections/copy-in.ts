import pg from 'pg';

/** The rows of a COPY … FROM STDIN: to be the only parameter of its statement. */
export class CopyData {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }
}

/** What node-pg hands to a query that copies; its types leave it out. */
interface CopyConnection {
  readonly stream: { cork(): void; uncork(): void; write(bytes: Buffer): void };
  query(text: string): void;
  endCopyFrom(): void;
}

/** Sends a COPY … FROM STDIN with its rows. node-pg by itself would refuse to copy. */
export const copyIn = (client: pg.PoolClient, text: string, data: CopyData): Promise<void> =>
  new Promise((resolve, reject) => {
    client.query(new CopyIn(text, data, (error) => (error ? reject(error) : resolve())));
  });

/** Called by the client as its messages come. Of the client's own class: it pipelines no other. */
class CopyIn extends pg.Query {
  readonly #text: string;
  readonly #data: CopyData;
  /** The client puts its time limit around it. */
  callback: (error: Error | null) => void;

  constructor(text: string, data: CopyData, callback: (error: Error | null) => void) {
    super(text);
    this.#text = text;
    this.#data = data;
    this.callback = callback;
  }

  /** All at once: rows that come after the statement was refused are passed over by the server. */
  override submit = (connection: unknown): void => {
    const { bytes } = this.#data;
    const { stream } = connection as CopyConnection;
    stream.cork();
    (connection as CopyConnection).query(this.#text);
    // By itself, since node-pg would copy them first.
    stream.write(headOf(bytes));
    stream.write(bytes);
    (connection as CopyConnection).endCopyFrom();
    stream.uncork();
  };

  handleCopyInResponse(): void {}

  handleCommandComplete(): void {}

  handleError(error: Error): void {
    this.callback(error);
  }

  handleReadyForQuery(): void {
    this.callback(null);
  }
}

/** Of the message `CopyData`. */
function headOf(bytes: Buffer): Buffer {
  const head = Buffer.from('d\0\0\0\0');
  head.writeInt32BE(4 + bytes.length, 1);
  return head;
}
