import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

/**
 * Parent of the guarded program: tells us its pid, waits for it, and stops it when our end of
 * the pipe on its stdin closes. The kernel closes that end however we die, SIGKILL included.
 * `3` = where the pid goes, `4` = the pipe; the program itself inherits neither.
 */
const GUARD = `
signal=$1; shift
exec 4<&0
"$@" </dev/null 3>&- 4<&- &
child=$!
trap '' HUP INT TERM
echo "$child" >&3
exec 3>&-
{ read -r _; kill -s "$signal" "$child"; } <&4 >/dev/null 2>&1 &
watcher=$!
exec 4<&-
wait "$child"
status=$?
kill -s KILL "$watcher" 2>/dev/null
exit "$status"
`;

export interface GuardedProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Sent to the program when this process is gone or `release` is called. */
  readonly stopSignal: 'INT' | 'TERM' | 'KILL';
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
  /** Called with each line the program writes to stdout or stderr. */
  readonly onLine?: (line: string) => void;
}

export interface GuardedProcess {
  /** Of the program, not of its guard. */
  readonly pid: number;
  /** Resolves with the exit status (128 + n after signal n) when the program has ended. */
  readonly exited: Promise<number>;
  /** What the program said last, for error messages. */
  lastOutput(): string;
  /** Sends a signal; does nothing when the program has ended. */
  signal(signal: NodeJS.Signals): void;
  /** Has the guard send `stopSignal`, and waits for the end. */
  release(): Promise<void>;
}

const KEPT_LINES = 30;

/**
 * Starts a program that cannot outlive this process: when this process ends in any way, SIGKILL
 * included, a small shell (its parent) sends the program `stopSignal`. The program has its own
 * session, so that Ctrl-C in a terminal reaches this process alone and the order of shutdown is
 * ours.
 *
 * @returns once the program is started
 * @throws Error when it cannot be started. Needs `/bin/sh` (any Unix).
 */
export async function startGuardedProcess(options: GuardedProcessOptions): Promise<GuardedProcess> {
  const { command, args, stopSignal, onLine } = options;
  const guard = spawn('/bin/sh', ['-c', GUARD, 'imi-guard', stopSignal, command, ...args], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    ...(options.env !== undefined && { env: options.env }),
    ...(options.uid !== undefined && { uid: options.uid }),
    ...(options.gid !== undefined && { gid: options.gid }),
  });
  const [stdin, stdout, stderr] = [guard.stdin, guard.stdout, guard.stderr];
  const pidPipe = guard.stdio[3] as Readable;
  // The guard may be gone when the pipe is closed: that is the wanted end.
  stdin.on('error', () => {});

  const kept: string[] = [];
  for (const stream of [stdout, stderr]) {
    forEachLine(stream, (line) => {
      kept.push(line);
      if (kept.length > KEPT_LINES) kept.shift();
      onLine?.(line);
    });
  }

  let running = true;
  const exited = new Promise<number>((resolve) => {
    guard.once('close', (code) => {
      running = false;
      stdin.destroy();
      resolve(code ?? 1);
    });
  });

  const started = await Promise.race([
    once(pidPipe, 'data').then(([data]) => ({ pid: Number.parseInt(String(data), 10) })),
    once(guard, 'error').then(([error]) => ({ error: error as Error })),
    exited.then((code) => ({ error: new Error(`${command} ended with ${code}`) })),
  ]);
  if ('error' in started) throw started.error;
  const { pid } = started;

  return {
    pid,
    exited,
    lastOutput: () => kept.join('\n'),
    signal(signal) {
      if (running) sendSignal(pid, signal);
    },
    async release() {
      stdin.end();
      await exited;
    },
  };
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function forEachLine(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  stream.once('end', () => {
    if (rest !== '') onLine(rest);
  });
}
