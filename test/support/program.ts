import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startGuardedProcess } from '../../src/embedded/guarded-process.ts';

/** A Node program under measurement or ill-treatment; it ends with this process, however that ends. */
export interface Program {
  /** From its start until it said that it was ready. */
  readonly readyMs: number;
  /** The line with which it said so. */
  readonly readyLine: string;
  /** Resident memory in MB. */
  memory(): Promise<number>;
  signal(signal: NodeJS.Signals): void;
  /** Resolves with the exit status when it has ended, wanted or not. */
  readonly exited: Promise<number>;
  /** What it said last. */
  lastOutput(): string;
  /** SIGTERM; returns when it has ended. */
  stop(): Promise<void>;
}

export interface ProgramOptions {
  /** Node's own arguments, the file and its arguments. */
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly isReady: (line: string) => boolean;
  /** Hears of every line it writes. */
  readonly onLine?: (line: string) => void;
}

/** Starts a program and waits for the line that says it is ready. */
export async function startProgram({
  args,
  env,
  isReady,
  onLine,
}: ProgramOptions): Promise<Program> {
  const startedAt = performance.now();
  let hear: (line: string) => void = () => {};
  const ready = new Promise<string>((resolve) => {
    hear = (line) => {
      if (isReady(line)) resolve(line);
    };
  });
  const child = await startGuardedProcess({
    command: process.execPath,
    args,
    stopSignal: 'TERM',
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    onLine: (line) => {
      hear(line);
      onLine?.(line);
    },
  });
  const ended = child.exited.then((code) => {
    throw new Error(`${args.join(' ')} ended with ${code}:\n${child.lastOutput()}`);
  });
  const readyLine = await Promise.race([ready, ended]);
  const readyMs = performance.now() - startedAt;
  hear = () => {};
  // An end that is wanted rejects too, when nobody listens any more.
  ended.catch(() => {});
  return {
    readyMs,
    readyLine,
    memory: () => memoryOf(child.pid),
    signal: (signal) => child.signal(signal),
    exited: child.exited,
    lastOutput: () => child.lastOutput(),
    stop: () => child.release(),
  };
}

async function memoryOf(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number.parseInt(stdout, 10) / 1024;
}
