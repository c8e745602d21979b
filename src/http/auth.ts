import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ApiKey } from '../config.ts';
import { ImiError } from '../errors.ts';

/** Who is asking: the name of the API key, recorded as `actor` with every event. */
export interface Principal {
  readonly name: string;
  readonly scope: 'read' | 'write';
}

export interface AuthOptions {
  /** `IMI_API_KEY`: one plain key with write scope. */
  readonly apiKey: string | undefined;
  /** `IMI_API_KEYS`: named keys by their SHA-256. */
  readonly apiKeys: readonly ApiKey[];
}

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal;
  }
  interface FastifyContextConfig {
    /** Answers without an API key. */
    open?: boolean;
  }
}

const anyone: Principal = { name: 'anonymous', scope: 'write' };
const nobody: Principal = { name: 'nobody', scope: 'read' };
const readMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Asks every request for an API key (spec/http.md, "Auth"), unless its route is `open` or no key is
 * configured. No key or a wrong one is 401, a read key on a write 403.
 */
export function addAuthentication(app: FastifyInstance, options: AuthOptions): void {
  const keys = knownKeys(options);
  app.decorateRequest('principal');
  app.addHook('onRequest', (request, _reply, done) => {
    done(keys.length === 0 ? admit(request, anyone) : refusalOf(request, keys));
  });
}

function admit(request: FastifyRequest, principal: Principal): undefined {
  request.principal = principal;
}

/** Says who asks; answers the refusal, if that is nobody, or somebody who may not. */
function refusalOf(request: FastifyRequest, keys: readonly KnownKey[]): ImiError | undefined {
  admit(request, nobody);
  if (request.routeOptions.config.open) return undefined;
  const principal = find(keys, presentedKey(request));
  if (principal === null) {
    const message = 'Give a valid API key as "Authorization: Bearer" or "X-API-Key"';
    return new ImiError('UNAUTHORIZED', message);
  }
  admit(request, principal);
  if (principal.scope === 'read' && !readMethods.has(request.method)) {
    return new ImiError('FORBIDDEN', 'This API key may read only', { scope: principal.scope });
  }
  return undefined;
}

interface KnownKey extends Principal {
  readonly hash: Buffer;
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

function knownKeys({ apiKey, apiKeys }: AuthOptions): readonly KnownKey[] {
  const named = apiKeys.map(({ name, scope, sha256: hex }) => ({
    name,
    scope,
    hash: Buffer.from(hex, 'hex'),
  }));
  if (apiKey === undefined) return named;
  return [...named, { name: 'api', scope: 'write' as const, hash: sha256(apiKey) }];
}

function presentedKey({ headers }: FastifyRequest): string {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  const key = bearer ?? headers['x-api-key'] ?? '';
  return typeof key === 'string' ? key : '';
}

/** Looks at all keys, whichever fits, so that the time taken tells nothing. */
function find(keys: readonly KnownKey[], presented: string): Principal | null {
  const hash = sha256(presented);
  let found: Principal | null = null;
  for (const key of keys) {
    if (timingSafeEqual(key.hash, hash)) found = { name: key.name, scope: key.scope };
  }
  return found;
}
