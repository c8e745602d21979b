import { type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { redactText } from '../redact.ts';

const quietRoutes = new Set(['/health', '/ready', '/metrics']);

/**
 * One line per request, when it has been answered; nothing of its headers, query or body, and no
 * credential that somebody put into the path. Probes
 * and scrapes come every few seconds and are told at debug.
 */
export class RequestLog extends LogController {
  constructor() {
    super({ requestIdLogLabel: 'correlation_id' });
  }

  override incomingRequest(): void {}

  override routeNotFound(): void {}

  override requestCompleted(
    error: Error | null | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): void {
    const facts = {
      method: request.method,
      path: redactText(pathOf(request.url).slice(0, 2000)).slice(0, 300),
      status: reply.statusCode,
      duration_ms: Math.round(reply.elapsedTime * 10) / 10,
      actor: request.principal?.name,
      ...(error && { err: error }),
    };
    const quiet = quietRoutes.has(request.routeOptions.url ?? '');
    reply.log[quiet && !error ? 'debug' : 'info'](facts, 'request answered');
  }
}

/** Without the query, and with what was encoded as it was meant, so that a credential is seen as one. */
function pathOf(url: string): string {
  const path = url.split('?', 1)[0] ?? '';
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
