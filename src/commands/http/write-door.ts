import type { FastifyReply, FastifyRequest } from 'fastify';
import { ImiError, type Refusal } from '../../errors.ts';
import { toUuid } from '../../events/ids.ts';
import { type Consistency, prefersAsync } from '../../http/consistency.ts';
import { etagOf, expectedRevision } from '../../http/etag.ts';
import { redactText } from '../../redact.ts';
import type { CommandHandler, IncomingCommand, Outcome, Success } from '../command.ts';
import type { Accepted, Rehearsed } from './write-schemas.ts';

export interface WriteDoorOptions extends Consistency {
  readonly handler: CommandHandler;
  /** RFC 3339 UTC. */
  readonly now: () => string;
  readonly newId: () => string;
  readonly hostname: string;
}

/** One write: the command it stands for and how its outcome is answered. */
export interface Write<Entity> {
  /** Name without `imi.cmd.` */
  readonly command: string;
  readonly body: unknown;
  /** Status when events were written, which may depend on them, and when all was so already. */
  readonly status: {
    readonly accepted: number | ((outcome: Success) => number);
    readonly unchanged: number;
  };
  /** Reads what is answered, once the read model shows the outcome; null when it does not. */
  readonly show: (ids: Outcome['ids']) => Promise<Entity | null>;
}

type Answer<Entity> = Entity | Accepted | Rehearsed;

/**
 * The HTTP door of the command handler (spec/http.md, "Writes"): makes a request a command, waits
 * until the read model shows its outcome, and answers with what was written. When that takes too
 * long, the write is durable all the same: 202 with the outcome. Throws the refusal of a rejected
 * command, or `StoreUnavailableError`; then the same request may be sent again.
 */
export class WriteDoor {
  readonly #options: WriteDoorOptions;

  constructor(options: WriteDoorOptions) {
    this.#options = options;
  }

  async answer<Entity>(
    request: FastifyRequest,
    reply: FastifyReply,
    write: Write<Entity>,
  ): Promise<Answer<Entity>> {
    const command = this.commandOf(request, write);
    const { dry_run } = request.query as { dry_run?: string };
    if (dry_run === 'true') return this.#rehearse(command, reply);

    const outcome = await this.#options.handler.handle(command);
    request.log.info(
      { command: command.name, command_id: command.id, outcome: nameOf(outcome) },
      'command settled',
    );
    if (outcome.position !== null) reply.header('imi-position', outcome.position.toString());
    if (outcome.status === 'rejected') throw refused(outcome.error);

    if (prefersAsync(request)) {
      reply.header('preference-applied', 'respond-async');
    } else {
      const entity = await this.#shown(request, outcome, write);
      if (entity !== null) {
        const status = write.status[outcome.status];
        reply.code(typeof status === 'number' ? status : status(outcome));
        reply.header('etag', etagOf(revisionOf(entity) ?? outcome.revision));
        return entity;
      }
    }
    reply.code(202).header('etag', etagOf(outcome.revision));
    return acceptedBody(outcome);
  }

  /** The command that a request stands for. */
  commandOf(
    request: FastifyRequest,
    write: Pick<Write<unknown>, 'command' | 'body'>,
  ): IncomingCommand {
    const { 'idempotency-key': key, 'if-match': ifMatch } = request.headers;
    const given = typeof key === 'string' ? key : undefined;
    const id = given === undefined ? this.#options.newId() : toUuid(given);
    const revision = expectedRevision(ifMatch);
    return {
      name: write.command,
      id,
      ...(given !== undefined && given.toLowerCase() !== id && { originalId: redactText(given) }),
      fresh: given === undefined,
      correlationId: request.id,
      causationId: id,
      actor: request.principal.name,
      source: { host: this.#options.hostname, type: 'service', app: 'imi-http' },
      body: write.body,
      now: this.#options.now(),
      ...(revision !== undefined && { ifRevision: revision }),
    };
  }

  /** Whether the read model has come to a position, once waited for; false also when it is away. */
  async reached(request: FastifyRequest, position: bigint | null): Promise<boolean> {
    const { waitFor, timeoutMs } = this.#options;
    try {
      return position === null || (await waitFor(position, timeoutMs));
    } catch (error) {
      request.log.warn({ err: error }, 'the read model does not say how far it has come');
      return false;
    }
  }

  async #rehearse(command: IncomingCommand, reply: FastifyReply): Promise<Rehearsed> {
    const rehearsal = await this.#options.handler.rehearse(command);
    if (rehearsal.status === 'rejected') throw refused(rehearsal.error);
    reply.code(200);
    const events = rehearsal.events.map(({ type, data }) => ({ type, data }));
    return { dry_run: true, status: rehearsal.status, events };
  }

  /** What the read model shows; null when it did not come so far, for whatever reason. */
  async #shown<Entity>(
    request: FastifyRequest,
    outcome: Success,
    { show }: Write<Entity>,
  ): Promise<Entity | null> {
    if (!(await this.reached(request, outcome.position))) return null;
    try {
      return await show(outcome.ids);
    } catch (error) {
      // The command is settled: an error here would tell the client that it is not.
      request.log.warn({ err: error }, 'the outcome of a write could not be read back');
      return null;
    }
  }
}

const nameOf = (outcome: Outcome): string =>
  outcome.status === 'rejected' ? outcome.error.code : outcome.status;

/** The refusal as an exception; bad fields that the handler found stand in the body. */
function refused({ code, message, params }: Refusal): ImiError {
  const { errors } = params;
  if (!Array.isArray(errors)) return new ImiError(code, message, params);
  const located = errors.map((error: object) => ({ location: 'body', ...error }));
  return new ImiError(code, message, { ...params, errors: located });
}

const acceptedBody = (outcome: Success): Accepted => ({
  status: outcome.status,
  command_id: outcome.commandId,
  ...outcome.ids,
  position: outcome.position?.toString() ?? null,
  revision: outcome.revision,
});

const revisionOf = (entity: unknown): number | undefined =>
  (entity as { revision?: number } | undefined)?.revision;
