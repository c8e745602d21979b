import type { LoggerOptions } from 'pino';

type LogMethod = NonNullable<NonNullable<LoggerOptions['hooks']>['logMethod']>;

interface Kind {
  logged: number;
  suppressed: number;
}

const warning = 40;
const defaults = { windowMs: 10_000, burst: 20 };

/**
 * For pino's `logMethod`: of warnings and errors of one kind (text, and code or name of the error)
 * the first `burst` of a window are written, and at its end one line with how many more there were.
 * In an outage every request and every retry has the same to say, and the line that matters would
 * be lost among thousands.
 */
export function limitRepetitions({ windowMs, burst } = defaults): LogMethod {
  const kinds = new Map<string, Kind>();
  return function limited(args, method, level): void {
    if (level < warning) {
      method.apply(this, args);
      return;
    }
    const { key, text } = kindOf(args as readonly unknown[], level);
    const kind = kinds.get(key) ?? { logged: 0, suppressed: 0 };
    if (!kinds.has(key)) {
      kinds.set(key, kind);
      const close = (): void => {
        kinds.delete(key);
        const { suppressed } = kind;
        if (suppressed > 0) method.call(this, { suppressed }, text);
      };
      setTimeout(close, windowMs).unref();
    }
    if (kind.logged >= burst) {
      kind.suppressed += 1;
      return;
    }
    kind.logged += 1;
    method.apply(this, args);
  };
}

function kindOf(args: readonly unknown[], level: number): { key: string; text: string } {
  const [first, second] = args;
  const text = String(typeof first === 'string' ? first : (second ?? ''));
  const { err } = (typeof first === 'object' && first !== null ? first : {}) as { err?: unknown };
  const { code, name } = (err ?? {}) as { code?: unknown; name?: unknown };
  return { key: `${level} ${text} ${code ?? name ?? ''}`, text };
}
