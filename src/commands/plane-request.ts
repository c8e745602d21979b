import type { InboundMessage } from '../bloodbank/envelope-in.ts';
import { commandPrefix, planePrefix } from '../bloodbank/topology.ts';
import type { Refusal } from '../errors.ts';
import type { JsonObject } from '../events/event-store.ts';
import { redactText } from '../redact.ts';

/** Tells the refusal of an action that iMi does not have from any other. */
export const unknownAction = 'unknown_action';

/** Tells the refusal of a message that names two actions from any other. */
export const actionMismatch = 'action_mismatch';

export interface PlaneRequest {
  /** The action as the answers name it. */
  readonly action: string;
  /** Name of the command: that of the action. */
  readonly name: string;
  readonly body: JsonObject;
  readonly refusal?: Refusal;
}

/**
 * A message of the command plane, under `command.imi.<action>`. The action is the name of a command.
 * The body may leave it to the key; where they name two, nothing is done, because either could be
 * the mistake. Whatever `target_agent` says, it was sent to iMi's key and is iMi's.
 */
export function planeRequest(
  key: string,
  message: InboundMessage,
  names: ReadonlySet<string>,
): PlaneRequest {
  const addressed = key.slice(planePrefix.length);
  const said = message.action ?? actionIn(message.type) ?? addressed;
  const action = redactText(addressed.slice(0, maxActionLength));
  const request = { action, name: action, body: message.payload };
  if (said !== addressed) return { ...request, refusal: mismatch(action) };
  return names.has(addressed) ? request : { ...request, refusal: unknown(names) };
}

const maxActionLength = 100;

function actionIn(type: string): string | undefined {
  const prefix = [planePrefix, commandPrefix].find((it) => type.startsWith(it));
  return prefix === undefined ? undefined : type.slice(prefix.length);
}

const mismatch = (action: string): Refusal => ({
  code: 'VALIDATION_ERROR',
  message: `The message names one action and its routing key another (${action}); name one, under a new command id`,
  params: {
    reason: actionMismatch,
    errors: [{ path: 'action', message: 'must be the last word of the routing key, or left out' }],
  },
});

const unknown = (names: ReadonlySet<string>): Refusal => ({
  code: 'VALIDATION_ERROR',
  message: 'iMi has no such action; those that it has are the names of its commands',
  params: { reason: unknownAction, actions: [...names] },
});
