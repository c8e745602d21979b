import fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { type AuthOptions, addAuthentication } from './auth.ts';
import { addBodyParser } from './body-parser.ts';
import { answerBrokenRequest, refuseExpectations } from './broken-requests.ts';
import { type ConnectionOptions, limitConnections } from './connections.ts';
import { addCorrelation, correlationIdOf, echoCorrelation } from './correlation.ts';
import { addDocumentation } from './documentation.ts';
import { addErrorHandling, answerError, type ErrorOptions } from './error-handler.ts';
import { onlyByLocalName } from './local-names.ts';
import { RequestLog } from './request-log.ts';
import { endUnusedConnections } from './unused-connections.ts';
import { schemaController } from './validation.ts';

/** One answered request, by the template of its route. */
export interface AnsweredRequest {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its answer ends when the client or the service does, so the time it took says nothing. */
    endless?: boolean;
  }
}

export interface ServerOptions extends AuthOptions, ErrorOptions, ConnectionOptions {
  readonly logger: FastifyBaseLogger;
  readonly version: string;
  /** `IMI_BODY_LIMIT`, in bytes. */
  readonly bodyLimit: number;
  /** `IMI_CORS_ORIGINS`; `*` is every origin, none at all is no CORS. */
  readonly corsOrigins: readonly string[];
  /** Answer only who asks by a name of this machine. */
  readonly localOnly?: boolean;
  /** Requests per minute and client address; absent is no limit. */
  readonly requestsPerMinute?: number;
  readonly newId: () => string;
  readonly onAnswered?: (request: AnsweredRequest) => void;
  /** Runs the rest of a request in the trace that its `traceparent` names. */
  readonly inTraceOf?: (traceparent: string | undefined, work: () => void) => void;
  /** Routes under `/api/v1`. */
  readonly api: readonly FastifyPluginAsyncZod[];
  /** Routes under `/`: health, readiness, metrics. */
  readonly operations: readonly FastifyPluginAsyncZod[];
}

const shownHeaders = [
  'ETag',
  'Imi-Position',
  'Preference-Applied',
  'Retry-After',
  'X-Correlation-Id',
];

/**
 * The HTTP service without its listener (spec/http.md): what all routes have in common, and the
 * routes given. Every answer that is not 2xx or 3xx has the coded error form.
 */
export async function buildServer(options: ServerOptions): Promise<FastifyInstance> {
  const app: FastifyInstance = fastify({
    loggerInstance: options.logger,
    logController: new RequestLog(),
    genReqId: (request) => correlationIdOf(request, options.newId),
    schemaController,
    bodyLimit: options.bodyLimit,
    // A sender that stops in the middle must not hold a connection, nor the shutdown.
    connectionTimeout: 60_000,
    requestTimeout: 30_000,
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    // Its own answer while closing is not a coded one; a request that got through is answered.
    return503OnClosing: false,
    http: { maxHeaderSize: 16 * 1024, headersTimeout: 15_000 },
    // An encoded branch name is up to three times as long as its 255 characters in UTF-8.
    routerOptions: { maxParamLength: 4096 },
    frameworkErrors: (error, request, reply) => {
      echoCorrelation(request, reply);
      answerError(error, request, reply, options);
    },
    clientErrorHandler: answerBrokenRequest,
  });
  addCorrelation(app);
  addBodyParser(app);
  addErrorHandling(app, options);
  limitConnections(app, options);
  if (options.localOnly) onlyByLocalName(app);
  await addLimits(app, options);
  addAuthentication(app, options);
  addObserver(app, options);
  addTrace(app, options);
  endUnusedConnections(app);
  refuseExpectations(app);
  addDocumentation(app, options.version);
  for (const routes of options.api) await app.register(routes, { prefix: '/api/v1' });
  for (const routes of options.operations) await app.register(routes);
  return app;
}

async function addLimits(app: FastifyInstance, options: ServerOptions): Promise<void> {
  const { corsOrigins, requestsPerMinute } = options;
  if (corsOrigins.length > 0) {
    const { default: cors } = await import('@fastify/cors');
    const origin = corsOrigins.includes('*') ? true : [...corsOrigins];
    const methods = ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'];
    await app.register(cors, { origin, methods, exposedHeaders: shownHeaders });
  }
  // Before the keys are looked at, so that guessing them is limited too.
  if (requestsPerMinute !== undefined) {
    const { default: rateLimit } = await import('@fastify/rate-limit');
    await app.register(rateLimit, { max: requestsPerMinute, timeWindow: 60_000 });
  }
}

function addTrace(app: FastifyInstance, { inTraceOf }: ServerOptions): void {
  if (inTraceOf === undefined) return;
  // Not earlier: a body that is read comes back in the connection's context.
  app.addHook('preHandler', (request, _reply, done) => {
    const { traceparent } = request.headers;
    inTraceOf(typeof traceparent === 'string' ? traceparent : undefined, done);
  });
}

function addObserver(app: FastifyInstance, { onAnswered }: ServerOptions): void {
  if (onAnswered === undefined) return;
  app.addHook('onResponse', (request, reply, done) => {
    if (!request.routeOptions.config.endless) {
      onAnswered({
        method: request.method,
        route: request.routeOptions.url ?? 'unknown',
        status: reply.statusCode,
        seconds: reply.elapsedTime / 1000,
      });
    }
    done();
  });
}
