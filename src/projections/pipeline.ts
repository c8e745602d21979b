import type { Socket } from 'node:net';
import pg from 'pg';
import { NamedQuery, type NamedStatement, type RowReaders } from './named-query.ts';
import { isOutdated } from './outdated-statement.ts';
import { sendTogether } from './send-together.ts';
import type { Sockets } from './sockets.ts';
import { valueParsers } from './value-parsers.ts';

/** How many more statements may wait in one place than in another, so as to be sent together. */
const mostAhead = 8;

interface Place {
  readonly client: pg.Client;
  readonly socket: Socket;
  readonly connected: Promise<Place>;
  readonly readers: RowReaders;
}

/** What a statement answers. */
interface Answer {
  readonly rows: readonly Record<string, unknown>[];
}

/**
 * Connections that many callers share: each statement is sent at once, behind those that wait for
 * their answers, and PostgreSQL answers in that order. For short statements that are complete in
 * themselves; one that takes long holds up those behind it, until the time limits that all have, and
 * others go where fewer wait.
 *
 * A connection that breaks, or does not answer in time, fails all that waits on it with errors that
 * `isDatabaseAway` knows; the next statement opens another.
 */
export class Pipeline {
  readonly #settings: pg.ClientConfig;
  readonly #sockets: Sockets;
  readonly #places: (Place | null)[];
  /** How many statements wait for their answers at each place. */
  readonly #waiting: number[];
  #next = 0;
  /** Where quick statements of this turn of the event loop go. */
  #ofTurn: number | null = null;

  /** `size` connections at most, each opened when it is needed. */
  constructor(settings: pg.ClientConfig, size: number, sockets: Sockets) {
    // By itself PostgreSQL would go on planning some for the values of each time, because that plan
    // looks a little better; planning costs several times what these statements do. And it takes
    // comparing trigrams for cheap, and would do that on every row where indexes lead to a few.
    const planning = '-c plan_cache_mode=force_generic_plan -c enable_seqscan=off';
    const options = `${settings.options ?? ''} ${planning}`;
    this.#settings = { ...settings, options, pipeline: true };
    this.#sockets = sockets;
    this.#places = Array.from({ length: size }, () => null);
    this.#waiting = Array.from({ length: size }, () => 0);
  }

  async query(statement: NamedStatement): Promise<Answer> {
    const index = this.#placeFor(statement);
    this.#waiting[index] = this.#waitingAt(index) + 1;
    try {
      return await this.#queryAt(index, statement);
    } finally {
      this.#waiting[index] = this.#waitingAt(index) - 1;
    }
  }

  async #queryAt(index: number, statement: NamedStatement): Promise<Answer> {
    const place = await this.#placeAt(index);
    try {
      return await send(place, statement);
    } catch (error) {
      const code = error instanceof pg.DatabaseError ? String(error.code) : null;
      // A connection that is lost says so only later; nobody else is to wait on it meanwhile.
      const isLost = code === null || code.startsWith('57P');
      // The goodbye is sent when all that wait on it were answered.
      if (isLost || isOutdated(error)) this.#leave(index, place.client)?.end();
      if (isLost || !isOutdated(error)) throw error;
      // It changes nothing, so it may be asked again, where nothing was planned yet.
      return await send(await this.#placeAt(index), statement);
    }
  }

  /** Ends the connections; by force, if a goodbye takes too long. */
  async close(): Promise<void> {
    const open = this.#places.filter((place) => place !== null);
    this.#places.fill(null);
    await this.#sockets.closed(Promise.allSettled(open.map(({ client }) => client.end())));
  }

  /**
   * For quick statements where others of this turn went, as long as not many more wait there than
   * elsewhere: what is asked together is sent, and mostly answered, by one system call, and wakes one
   * process. Others go where the fewest wait, and have no quick ones of their turn behind them.
   */
  #placeFor({ isQuick = false }: NamedStatement): number {
    const together = this.#ofTurn;
    if (isQuick && together !== null && this.#isFair(together)) return together;
    const place = this.#leastBusy();
    if (isQuick) this.#gatherAt(place);
    else if (place === together) this.#ofTurn = null;
    return place;
  }

  #isFair(place: number): boolean {
    return this.#waitingAt(place) - Math.min(...this.#waiting) < mostAhead;
  }

  #gatherAt(place: number): void {
    if (this.#ofTurn === null) setImmediate(() => (this.#ofTurn = null));
    this.#ofTurn = place;
  }

  /** Where the fewest wait; in turn, where there are as many. */
  #leastBusy(): number {
    const size = this.#places.length;
    let best = this.#next;
    for (let step = 1; step < size; step += 1) {
      const index = (this.#next + step) % size;
      if (this.#waitingAt(index) < this.#waitingAt(best)) best = index;
    }
    this.#next = (best + 1) % size;
    return best;
  }

  #waitingAt(index: number): number {
    return this.#waiting[index] ?? 0;
  }

  #placeAt(index: number): Promise<Place> {
    const open = this.#places[index];
    if (open) return open.connected;
    const socket = this.#sockets.create();
    const client = new pg.Client({ ...this.#settings, stream: () => socket });
    const leave = () => this.#leave(index, client);
    // Those who wait are told too; without a handler the error would end the process.
    client.on('error', leave);
    client.on('end', leave);
    const connected = client.connect().then(() => place);
    const place: Place = { client, socket, connected, readers: new Map() };
    connected.catch(leave);
    this.#places[index] = place;
    return connected;
  }

  /** Sends nobody else on this connection; answers it, if somebody would have been. */
  #leave(index: number, client: pg.Client): pg.Client | null {
    if (this.#places[index]?.client !== client) return null;
    this.#places[index] = null;
    return client;
  }
}

function send({ client, socket, readers }: Place, statement: NamedStatement): Promise<Answer> {
  // What is asked in one turn of the event loop goes out together: writing costs more than asking.
  sendTogether(socket, setImmediate);
  return new Promise((resolve, reject) => {
    const query = new NamedQuery(statement, readers, valueParsers);
    query.callback = (error, rows) => (error ? reject(error) : resolve({ rows }));
    client.query(query);
  });
}
