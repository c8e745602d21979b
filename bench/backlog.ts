import type { Program } from '../test/support/program.ts';
import type { Bus } from './bus.ts';
import { until } from './stats.ts';

export interface Drained {
  /** When the service was let go. */
  readonly startedAt: number;
  /** When the last command was answered. */
  readonly settledAt: number;
}

/** Git states that wait in the queue of a stopped service. */
export class Backlog {
  readonly #service: Program;
  readonly #asked: number;
  #answered = 0;
  #settledAt = 0;

  private constructor(service: Program, asked: number) {
    this.#service = service;
    this.#asked = asked;
  }

  /** Stops the service and fills its queue with `total` commands, each made by `next`. */
  static async fill(
    bus: Bus,
    service: Program,
    next: () => object,
    total: number,
    prefetch: number,
  ): Promise<Backlog> {
    const backlog = new Backlog(service, prefetch);
    service.signal('SIGSTOP');
    for (let index = 0; index < total; index += 1) {
      // At most `prefetch` are in hand: when the last so many are answered, all are.
      if (index < total - prefetch) bus.send('update_git_state', next());
      else void bus.ask('update_git_state', next()).then(() => backlog.#hear());
    }
    await bus.channel.waitForConfirms();
    return backlog;
  }

  /** Lets the service go on, until the last command is answered. */
  async drain(): Promise<Drained> {
    const startedAt = performance.now();
    this.#service.signal('SIGCONT');
    await until(() => this.#answered === this.#asked, 'The answer to the last command');
    return { startedAt, settledAt: this.#settledAt };
  }

  #hear(): void {
    this.#answered += 1;
    this.#settledAt = performance.now();
  }
}
