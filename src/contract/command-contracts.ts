import { z } from 'zod';
import type { EnvelopeShape } from '../bloodbank/envelope-in.ts';
import { commandPrefix, type V2Key, v2Keys } from '../bloodbank/topology.ts';
import { definitions } from '../commands/definitions.ts';
import { registerProject } from '../commands/project-schemas.ts';
import { createWorktree, mergeWorktree } from '../commands/worktree-schemas.ts';
import { exampleOf } from './example.ts';
import { jsonSchemaOf } from './json-schema.ts';

/** What iMi takes as one command. */
export interface CommandContract {
  /** Routing key. */
  readonly key: string;
  /** The command itself, in whichever envelope. */
  readonly body: z.ZodType;
  /** The command in each envelope it may come in (spec/bloodbank.md, "Envelopes we accept"). */
  readonly envelopes: { readonly [shape in EnvelopeShape]: z.ZodType };
}

const text = z.string();
const such = (example: string) => text.meta({ examples: [example] });
const anyObject = z.record(z.string(), z.unknown());

/** The fields of the command plane around a command. */
export const commandFields = (body: z.ZodType, action: string) => ({
  command_id: text.optional(),
  target_agent: text.optional(),
  issued_by: text.optional(),
  action: such(action).optional(),
  priority: such('normal').optional(),
  /** Counted from the envelope's `timestamp`: what comes later is refused. */
  ttl_ms: z.number().min(0).optional(),
  idempotency_key: text.optional(),
  command_payload: body,
});

// Senders evolve on their own, so every field but those that tell the shape may be missing.
const envelopesOf = (
  key: string,
  action: string,
  body: z.ZodType,
): CommandContract['envelopes'] => ({
  event_envelope: z
    .object({
      event_id: text,
      event_type: z.literal(key),
      timestamp: text.optional(),
      version: text.optional(),
      source: z.looseObject({ host: text, type: such('agent'), app: text.nullish() }),
      correlation_ids: z.array(text).optional(),
      agent_context: anyObject.meta({ examples: [{ type: 'coding-agent' }] }).nullish(),
      payload: body,
    })
    .meta({ title: "Bloodbank's EventEnvelope" }),
  v2: z
    .object({
      event_type: z.literal(key),
      timestamp: text.optional(),
      source: such('flume').optional(),
      correlation_id: text.optional(),
      payload: body,
    })
    .meta({ title: 'Document of iMi v2' }),
  flume: z
    .object({
      event: z.literal(key),
      version: text.optional(),
      data: body,
      exchange: such('amq.topic').optional(),
      routingKey: z.literal(key),
      correlationId: text.optional(),
      causationId: text.optional(),
      timestamp: text.optional(),
      source: such('flume').optional(),
    })
    .meta({ title: "Flume's envelope" }),
  command: z
    .object({
      event_type: z.literal('command.envelope'),
      timestamp: text.optional(),
      payload: z.object(commandFields(body, action)),
    })
    .meta({ title: 'Envelope of the command plane' }),
  bare: body.meta({ title: 'The command and nothing around it' }),
});

const contractOf = (key: string, action: string, body: z.ZodType): CommandContract => ({
  key,
  body,
  envelopes: envelopesOf(key, action, body),
});

/** What v2 calls the commands that are still taken under its keys. */
const v2Bodies: { readonly [K in V2Key]: z.ZodType } = {
  'imi.project.register': registerProject,
  'imi.worktree.create': createWorktree,
  'imi.worktree.merge': mergeWorktree,
};

/** One contract for each command, under its own key and under those of v2. */
export const commandContracts: readonly CommandContract[] = [
  ...Object.entries(definitions).map(([name, { schema }]) =>
    contractOf(`${commandPrefix}${name}`, name, schema),
  ),
  ...v2Keys.map((key) => contractOf(key, 'run', v2Bodies[key])),
];

/** The command in this envelope; the same for the same schema. */
export const commandExample = ({ envelopes }: CommandContract, shape: EnvelopeShape): unknown =>
  exampleOf(jsonSchemaOf(envelopes[shape]));
