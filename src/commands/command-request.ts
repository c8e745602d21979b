import type { Delivery } from '../bloodbank/delivery.ts';
import type { InboundMessage } from '../bloodbank/envelope-in.ts';
import { MalformedMessageError } from '../bloodbank/malformed.ts';
import { commandPrefix, isV2Key, planePrefix, type V2Key } from '../bloodbank/topology.ts';
import type { Refusal } from '../errors.ts';
import type { JsonObject } from '../events/event-store.ts';
import { redactText } from '../redact.ts';
import { planeRequest } from './plane-request.ts';
import { translateV2 } from './translation/v2.ts';

interface Asked {
  /** Name of the command, without `imi.cmd.`. */
  readonly name: string;
  readonly body: JsonObject;
  readonly refusal?: Refusal;
}

/** What a message on the queue of commands asks for, and under which of the three doors' keys. */
export type CommandRequest =
  | (Asked & { readonly door: 'direct' })
  | (Asked & { readonly door: 'plane'; readonly action: string })
  | (Asked & { readonly door: 'v2'; readonly key: V2Key; readonly projectName?: string });

/**
 * Reads what is asked. The routing key says at which door, and so how the sender is answered: it is
 * what the sender addressed. What came without one of our keys says so itself. Within a door the
 * body is believed first (spec/bloodbank.md, "Envelopes we accept").
 * Throws `MalformedMessageError` when neither names a command.
 */
export function requestIn(
  delivery: Delivery,
  message: InboundMessage,
  names: ReadonlySet<string>,
): CommandRequest {
  const key = [delivery.routingKey, message.type].find(isCommandKey);
  if (key !== undefined && isV2Key(key)) {
    return v2Request(isV2Key(message.type) ? message.type : key, message);
  }
  if (key?.startsWith(planePrefix)) return { door: 'plane', ...planeRequest(key, message, names) };
  const name = commandNameIn(message.type) ?? commandNameIn(delivery.routingKey);
  if (name === undefined || !names.has(name)) {
    throw new MalformedMessageError('unknown_command', 'neither body nor key name a command');
  }
  return { door: 'direct', name, body: message.payload };
}

const isCommandKey = (key: string): boolean =>
  isV2Key(key) || key.startsWith(planePrefix) || key.startsWith(commandPrefix);

const commandNameIn = (key: string): string | undefined =>
  key.startsWith(commandPrefix) ? key.slice(commandPrefix.length) : undefined;

function v2Request(key: V2Key, { payload, actor, commandId }: InboundMessage): CommandRequest {
  const request = { payload, actor: redactText(actor), commandId };
  return { door: 'v2', key, ...translateV2(key, request) };
}
