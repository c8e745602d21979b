import { SpanKind } from '@opentelemetry/api';
import type { CommandHandler } from '../commands/command.ts';
import { inSpan } from './spans.ts';

const kinds: { readonly [door: string]: SpanKind } = {
  http: SpanKind.SERVER,
  bloodbank: SpanKind.CONSUMER,
};

/** The same handler with a span for each command: its name, door, ids and outcome, never its body. */
export const tracedCommands = (handler: CommandHandler, door: string): CommandHandler => ({
  rehearse: (command) => handler.rehearse(command),
  handle: (command) =>
    inSpan(
      `command ${command.name.slice(0, 100)}`,
      {
        kind: kinds[door] ?? SpanKind.INTERNAL,
        attributes: {
          'imi.door': door,
          'imi.command_id': command.id,
          'imi.correlation_id': command.correlationId,
          'imi.causation_id': command.causationId,
        },
      },
      async (span) => {
        const outcome = await handler.handle(command);
        span.setAttribute('imi.status', outcome.status);
        if (outcome.status === 'rejected') span.setAttribute('imi.code', outcome.error.code);
        for (const [name, id] of Object.entries(outcome.ids)) span.setAttribute(`imi.${name}`, id);
        return outcome;
      },
    ),
});
