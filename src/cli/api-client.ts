import type { ClientConfig } from '../config.ts';
import { type ErrorCode, errorCodes, ImiError, type Refusal } from '../errors.ts';
import { AwayError } from './failure.ts';

/** Query fields; an undefined one is left out. */
export type Query = { readonly [name: string]: string | number | undefined };

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

/** The HTTP API as the commands use it. Throws `ImiError` and `AwayError`. */
export class ApiClient {
  readonly #config: ClientConfig;

  constructor(config: ClientConfig) {
    this.#config = config;
  }

  /** The body of a read under `/api/v1`. */
  async get<T>(path: string, query: Query = {}): Promise<T> {
    const { body } = await this.#json<T>('GET', `/api/v1${path}${queryText(query)}`);
    return body;
  }

  /** The answer to a write under `/api/v1`; its body is null when it has none. */
  send<T>(method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<Answer<T>> {
    return this.#json<T>(method, `/api/v1${path}`, body);
  }

  /** How the service is; an unhealthy one is an answer too. */
  async health<T>(): Promise<Answer<T>> {
    const response = await this.#fetch('GET', '/health');
    return { status: response.status, body: (await bodyOf(response)) as T };
  }

  /** The body of a read that does not end by itself. */
  async open(
    path: string,
    query: Query,
    options: { readonly signal: AbortSignal; readonly headers: Record<string, string> },
  ): Promise<ReadableStream<Uint8Array>> {
    const response = await this.#fetch('GET', `/api/v1${path}${queryText(query)}`, options);
    if (!response.ok || response.body === null) throw await refusalOf(response);
    return response.body;
  }

  async #json<T>(method: string, path: string, body?: object): Promise<Answer<T>> {
    const response = await this.#fetch(method, path, {
      ...(body !== undefined && { body: JSON.stringify(body) }),
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
    });
    if (!response.ok) throw await refusalOf(response);
    return { status: response.status, body: (await bodyOf(response)) as T };
  }

  async #fetch(method: string, path: string, options: RequestInit = {}): Promise<Response> {
    const { apiUrl, apiKey } = this.#config;
    const headers = {
      ...(options.headers as Record<string, string>),
      ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
    };
    try {
      return await fetch(`${apiUrl}${path}`, { ...options, method, headers });
    } catch (error) {
      if (options.signal?.aborted) throw error;
      const cause = (error as Error).cause as { code?: string; message?: string } | undefined;
      const why = cause?.code ?? cause?.message ?? (error as Error).message;
      throw new AwayError(
        `Nothing answers at ${apiUrl} (${why}). Start iMi with "npm start", or set IMI_API_URL to where it listens.`,
        { cause: error },
      );
    }
  }
}

/** A part of a path, whatever is in it. */
export const segment = (text: string): string => encodeURIComponent(text);

function queryText(query: Query): string {
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) fields.set(name, String(value));
  }
  return fields.size === 0 ? '' : `?${fields}`;
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    throw new AwayError(`${response.url} answered ${response.status}, but not as iMi does`);
  }
}

async function refusalOf(response: Response): Promise<Error> {
  const body = (await bodyOf(response)) as { readonly detail?: Partial<Refusal> } | null;
  const { code, message, params = {} } = body?.detail ?? {};
  if (code === undefined || message === undefined || !errorCodes.includes(code as ErrorCode)) {
    return new AwayError(`${response.url} answered ${response.status}, but not as iMi does`);
  }
  return new ImiError(code, message, params);
}
