import { homedir, hostname } from 'node:os';
import { z } from 'zod';

export const roles = ['api', 'commands', 'projector', 'publisher'] as const;
export type Role = (typeof roles)[number];

const list = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

const integer = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const urlOf = (...schemes: string[]) =>
  z.string().refine((text) => schemes.some((scheme) => text.startsWith(`${scheme}://`)), {
    message: `must be a URL that starts with ${schemes.map((s) => `${s}://`).join(' or ')}`,
  });

const apiKey = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,64}:(read|write):[0-9a-f]{64}$/i, {
    message: 'must be name:scope:sha256-of-key, scope read or write, the hash in 64 hex digits',
  })
  .transform((text) => {
    const [name = '', scope = '', sha256 = ''] = text.split(':');
    return { name, scope: scope as 'read' | 'write', sha256: sha256.toLowerCase() };
  });

const planeProject = z
  .string()
  .transform((text) => {
    const [id = '', ...rest] = text.split('=');
    const identifier = rest.join('=');
    return { id: id.trim().toLowerCase(), identifier: identifier.trim().toUpperCase() };
  })
  .refine(
    ({ id, identifier }) => z.uuid().safeParse(id).success && /^[A-Z]\w{0,11}$/.test(identifier),
    {
      message:
        'must be uuid=IDENTIFIER, the id of a Plane project and what its ticket keys begin with',
    },
  );

export type ApiKey = z.infer<typeof apiKey>;

const schema = z.object({
  IMI_HOST: z.string().min(1).optional(),
  IMI_PORT: integer(0, 65_535).default(8400),
  IMI_LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info'),
  IMI_DATA_DIR: z.string().min(1).default('.imi'),
  IMI_HOME_DIR: z.string().min(1).default(homedir()),
  IMI_DATABASE_URL: urlOf('postgres', 'postgresql').optional(),
  IMI_DATABASE_READ_URL: urlOf('postgres', 'postgresql').optional(),
  IMI_DATABASE_POOL_SIZE: integer(1, 200).default(4),
  IMI_EVENTSTORE_URL: urlOf('esdb', 'esdb+discover', 'kurrentdb', 'kurrentdb+discover').optional(),
  IMI_RABBITMQ_URL: urlOf('amqp', 'amqps').optional(),
  IMI_EXCHANGE_NAME: z.string().min(1).max(255).default('bloodbank.events.v1'),
  IMI_QUEUE_TYPE: z.enum(['quorum', 'classic']).default('quorum'),
  IMI_PREFETCH: integer(1, 2000).default(64),
  IMI_PUBLISH_V2_EVENTS: z.stringbool().default(false),
  IMI_API_KEY: z.string().min(8).optional(),
  IMI_API_KEYS: z.string().default('').transform(list).pipe(z.array(apiKey)),
  IMI_CORS_ORIGINS: z.string().default('').transform(list),
  IMI_ROLES: z
    .string()
    .default(roles.join(','))
    .transform(list)
    .pipe(z.array(z.enum(roles)).min(1)),
  IMI_REMOTE_HOSTS: z
    .string()
    .default('github.com')
    .transform((text) => list(text.toLowerCase()))
    .pipe(z.array(z.string()).min(1)),
  IMI_PLANE_PROJECTS: z.string().default('').transform(list).pipe(z.array(planeProject)),
  IMI_BODY_LIMIT: integer(1024, 64 * 1024 * 1024).default(1024 * 1024),
  IMI_MAX_CONNECTIONS: integer(1, 1_000_000).default(2000),
  IMI_RATE_LIMIT: integer(0, 10_000_000).default(0),
  IMI_EVENT_STREAMS: integer(0, 10_000).default(100),
  IMI_CONSISTENCY_TIMEOUT_MS: integer(0, 60_000).default(2000),
  IMI_SYNC_HEARTBEAT_SECONDS: integer(0, 86_400).default(60),
  IMI_ACTIVITY_COALESCE_SECONDS: integer(0, 86_400).default(60),
  IMI_STALE_DAYS: z.coerce.number().min(0).max(36_500).default(14),
  IMI_API_URL: urlOf('http', 'https').default('http://127.0.0.1:8400'),
});

/** Every variable that iMi reads. */
export const settingNames = Object.keys(schema.shape);

export interface Config {
  readonly host: string;
  readonly port: number;
  /** Whether somebody chose the port, so that no other will do. */
  readonly portGiven: boolean;
  readonly logLevel: z.infer<typeof schema>['IMI_LOG_LEVEL'];
  readonly dataDir: string;
  readonly homeDir: string;
  readonly databaseUrl: string | undefined;
  /** A streaming replica of it that the reads of the API go to. */
  readonly databaseReadUrl: string | undefined;
  readonly databasePoolSize: number;
  readonly eventStoreUrl: string | undefined;
  readonly rabbitmqUrl: string | undefined;
  readonly exchangeName: string;
  readonly queueType: 'quorum' | 'classic';
  readonly prefetch: number;
  /** Whether events go out under their names of v2 as well. */
  readonly publishV2Events: boolean;
  readonly apiKey: string | undefined;
  readonly apiKeys: readonly ApiKey[];
  readonly corsOrigins: readonly string[];
  readonly roles: readonly Role[];
  readonly remoteHosts: readonly string[];
  /** Plane's projects and the identifiers that their tickets' keys begin with. */
  readonly planeProjects: readonly { readonly id: string; readonly identifier: string }[];
  readonly bodyLimit: number;
  /** Connections to the HTTP port that may be open at once. */
  readonly maxConnections: number;
  /** Requests per minute and client address; 0 is no limit. */
  readonly rateLimit: number;
  /** Clients that may follow the live events at once. */
  readonly eventStreams: number;
  readonly consistencyTimeoutMs: number;
  readonly syncHeartbeatSeconds: number;
  readonly activityCoalesceSeconds: number;
  /** Work of which nothing was heard for so long is stale. */
  readonly staleDays: number;
  /** Name of this machine, as events and envelopes show it. */
  readonly hostname: string;
}

/** Whether anybody needs a key. */
export const hasKeys = ({ apiKey, apiKeys }: Pick<Config, 'apiKey' | 'apiKeys'>): boolean =>
  apiKey !== undefined || apiKeys.length > 0;

/** What is wrong with the settings, all at once; the message names the variables, never a secret in them. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What a client of the API needs to know. */
export interface ClientConfig {
  /** Without a slash at its end. */
  readonly apiUrl: string;
  readonly apiKey: string | undefined;
}

/** Reads the settings of a client; those of the service may be wrong or for elsewhere. */
export function readClientConfig(env: Environment): ClientConfig {
  const e = parse(schema.pick({ IMI_API_URL: true, IMI_API_KEY: true }), env);
  return { apiUrl: e.IMI_API_URL.replace(/\/+$/, ''), apiKey: e.IMI_API_KEY };
}

function parse<T extends z.ZodType>(settings: T, env: Environment): z.infer<T> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = settings.safeParse(given);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new ConfigError(`iMi's settings have ${lines.length} mistake(s):\n${lines.join('\n')}`);
}

/**
 * Reads the settings of spec/http.md, "Configuration". An empty variable counts as absent.
 * Throws `ConfigError` that lists every mistake.
 */
export function readConfig(env: Environment): Config {
  const e = parse(schema, env);
  const closed = hasKeys({ apiKey: e.IMI_API_KEY, apiKeys: e.IMI_API_KEYS });
  return Object.freeze({
    // Without keys everyone who can reach the port may write, so only this machine can, unless told.
    host: e.IMI_HOST ?? (closed ? '0.0.0.0' : '127.0.0.1'),
    port: e.IMI_PORT,
    portGiven: Boolean(env.IMI_PORT),
    logLevel: e.IMI_LOG_LEVEL,
    dataDir: e.IMI_DATA_DIR,
    homeDir: e.IMI_HOME_DIR,
    databaseUrl: e.IMI_DATABASE_URL,
    databaseReadUrl: e.IMI_DATABASE_READ_URL,
    databasePoolSize: e.IMI_DATABASE_POOL_SIZE,
    eventStoreUrl: e.IMI_EVENTSTORE_URL,
    rabbitmqUrl: e.IMI_RABBITMQ_URL,
    exchangeName: e.IMI_EXCHANGE_NAME,
    queueType: e.IMI_QUEUE_TYPE,
    prefetch: e.IMI_PREFETCH,
    publishV2Events: e.IMI_PUBLISH_V2_EVENTS,
    apiKey: e.IMI_API_KEY,
    apiKeys: e.IMI_API_KEYS,
    corsOrigins: e.IMI_CORS_ORIGINS,
    roles: e.IMI_ROLES,
    remoteHosts: e.IMI_REMOTE_HOSTS,
    planeProjects: e.IMI_PLANE_PROJECTS,
    bodyLimit: e.IMI_BODY_LIMIT,
    maxConnections: e.IMI_MAX_CONNECTIONS,
    rateLimit: e.IMI_RATE_LIMIT,
    eventStreams: e.IMI_EVENT_STREAMS,
    consistencyTimeoutMs: e.IMI_CONSISTENCY_TIMEOUT_MS,
    syncHeartbeatSeconds: e.IMI_SYNC_HEARTBEAT_SECONDS,
    activityCoalesceSeconds: e.IMI_ACTIVITY_COALESCE_SECONDS,
    staleDays: e.IMI_STALE_DAYS,
    hostname: hostname(),
  });
}
