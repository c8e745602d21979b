import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../src/embedded/free-port.ts';
import { type Program, startProgram } from '../support/program.ts';
import type { Victim } from './victim.ts';

export interface ServiceOptions {
  readonly name: string;
  /** What it may do, as in `IMI_ROLES`. */
  readonly roles: string;
  readonly compiled: string;
  readonly env: NodeJS.ProcessEnv;
  /** Takes what it writes. */
  readonly logFile?: string;
}

/** An instance of iMi and its supervisor, which starts it until it is ready. */
export class ServiceVictim implements Victim {
  readonly name: string;
  /** Whatever its roles, it tells there how it is. */
  readonly url: string;
  readonly takesCommands: boolean;
  /** Ends that nobody ordered, once it was ready: each is a defect. */
  readonly deaths: string[] = [];
  /** Starts that gave up because a store was away. */
  refusedStarts = 0;
  /** Lines it has logged, and how many of them at `warn` and above. */
  readonly logged = { lines: 0, warnings: 0 };
  readonly #options: ServiceOptions;
  readonly #port: number;
  readonly #log: WriteStream | null;
  #program: Program | null = null;

  private constructor(options: ServiceOptions, port: number) {
    this.#options = options;
    this.#port = port;
    this.#log = options.logFile === undefined ? null : createWriteStream(options.logFile);
    this.name = options.name;
    this.url = `http://127.0.0.1:${port}`;
    this.takesCommands = options.roles.includes('api');
  }

  static async create(options: ServiceOptions): Promise<ServiceVictim> {
    return new ServiceVictim(options, await freePort());
  }

  async start(): Promise<void> {
    const { compiled, env, roles } = this.#options;
    for (;;) {
      try {
        const program = await startProgram({
          args: [join(compiled, 'main.js')],
          env: {
            NODE_ENV: 'production',
            IMI_PORT: String(this.#port),
            IMI_ROLES: roles,
            ...env,
          },
          isReady: (line) => line.includes('"iMi is ready"'),
          onLine: (line) => this.#hear(line),
        });
        this.#program = program;
        void program.exited.then((code) => {
          if (this.#program !== program) return;
          this.deaths.push(`${this.name} ended with ${code}: ${program.lastOutput()}`);
          this.#program = null;
        });
        return;
      } catch {
        this.refusedStarts += 1;
        await delay(200);
      }
    }
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** SIGTERM; answers the exit code, or null when it did not run. */
  async stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  async freeze(): Promise<void> {
    this.#program?.signal('SIGSTOP');
  }

  async thaw(): Promise<void> {
    this.#program?.signal('SIGCONT');
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const program = this.#program;
    this.#program = null;
    program?.signal(signal);
    return (await program?.exited) ?? null;
  }

  #hear(line: string): void {
    this.#log?.write(`${line}\n`);
    this.logged.lines += 1;
    if (/"level":"(warn|error|fatal)"/.test(line)) this.logged.warnings += 1;
  }
}
