import pg from 'pg';

/** The lines of a COPY … FROM STDIN in text format: to be the only parameter of its statement. */
export class CopyLines {
  readonly bytes: Buffer;

  constructor(lines: string) {
    this.bytes = Buffer.from(lines);
  }
}

const special = /[\\\n\r\t]/;
const specials = /[\\\n\r\t]/g;
const escapes: Readonly<Record<string, string>> = {
  ...{ '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' },
};

/** A value as COPY's text format has it; null and undefined are NULL. */
export function copyText(value: unknown): string {
  if (value === null || value === undefined) return '\\N';
  if (typeof value !== 'string') return String(value);
  return special.test(value) ? value.replace(specials, (each) => escapes[each] as string) : value;
}

/** What node-pg hands to a query that copies; its types leave it out. */
interface CopyConnection {
  readonly stream: { cork(): void; uncork(): void };
  query(text: string): void;
  sendCopyFromChunk(bytes: Buffer): void;
  endCopyFrom(): void;
}

/** Sends a COPY … FROM STDIN with its lines. node-pg by itself would refuse to copy. */
export const copyIn = (client: pg.PoolClient, text: string, lines: CopyLines): Promise<void> =>
  new Promise((resolve, reject) => {
    client.query(new CopyIn(text, lines, (error) => (error ? reject(error) : resolve())));
  });

/** Called by the client as its messages come. Of the client's own class: it pipelines no other. */
class CopyIn extends pg.Query {
  readonly #text: string;
  readonly #lines: CopyLines;
  /** The client puts its time limit around it. */
  callback: (error: Error | null) => void;

  constructor(text: string, lines: CopyLines, callback: (error: Error | null) => void) {
    super(text);
    this.#text = text;
    this.#lines = lines;
    this.callback = callback;
  }

  /** All at once: lines that come after the statement was refused are passed over by the server. */
  override submit = (connection: unknown): void => {
    const { stream } = connection as CopyConnection;
    stream.cork();
    (connection as CopyConnection).query(this.#text);
    (connection as CopyConnection).sendCopyFromChunk(this.#lines.bytes);
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
