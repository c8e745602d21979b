import { join } from 'node:path';
import { type Program, startProgram } from '../../test/support/program.ts';
import { Backlog } from '../backlog.ts';
import { Bus } from '../bus.ts';
import { type CpuUse, countCpu } from '../cpu-use.ts';
import { GitStates } from '../git-states.ts';
import type { Stand } from '../stand.ts';
import { perSecond } from '../stats.ts';

export interface PeerKind {
  /** As the report calls it. */
  readonly name: string;
  /** In this folder, with its arguments. */
  readonly program: readonly [file: string, ...args: string[]];
  /** Tells the peer of the work items of a run. */
  readonly introduce?: (ids: readonly string[]) => Promise<void>;
}

export interface PeerRun extends CpuUse {
  /** Commands a second until the last was answered, and so acknowledged. */
  readonly settled: number;
}

const itemCount = 500;

/** Another way to do iMi's work, in a process and with a queue of its own. */
export class Peer {
  readonly kind: PeerKind;
  readonly #program: Program;
  readonly #bus: Bus;
  readonly #prefetch: number;

  private constructor(kind: PeerKind, program: Program, bus: Bus, prefetch: number) {
    this.kind = kind;
    this.#program = program;
    this.#bus = bus;
    this.#prefetch = prefetch;
  }

  static async start(kind: PeerKind, stand: Stand, prefetch: number): Promise<Peer> {
    const [file, ...args] = kind.program;
    const exchange = `bench.${[file, ...args].join('.')}`;
    const program = await startProgram({
      args: ['--import', 'tsx', join(import.meta.dirname, file), ...args],
      env: {
        NODE_ENV: 'production',
        PEER_RABBITMQ_URL: stand.rabbitUrl,
        PEER_DATABASE_URL: stand.databaseUrl,
        PEER_EXCHANGE: exchange,
        PEER_PREFETCH: String(prefetch),
      },
      isReady: (line) => line === 'ready',
    });
    return new Peer(kind, program, await Bus.connect(stand.rabbitUrl, exchange), prefetch);
  }

  /** `rounds` git states for each of 500 new work items, all in the queue before it goes on. */
  async run(rounds: number): Promise<PeerRun> {
    const total = rounds * itemCount;
    const states = GitStates.ofNew(itemCount);
    await this.kind.introduce?.(states.items);
    const next = () => states.next();
    const backlog = await Backlog.fill(this.#bus, this.#program, next, total, this.#prefetch);
    const used = await countCpu();
    const { startedAt, settledAt } = await backlog.drain();
    return { settled: perSecond(total, settledAt - startedAt), ...(await used(total)) };
  }

  async stop(): Promise<void> {
    await this.#bus.close();
    await this.#program.stop();
  }
}
