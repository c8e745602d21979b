import type { Options } from 'amqplib';
import {
  type Binding,
  commandPrefix,
  consumedQueues,
  planePrefix,
  type QueueSpec,
  topologyOf,
} from '../../src/bloodbank/topology.ts';
import { commandNames, definitions } from '../../src/commands/definitions.ts';
import { commandContracts } from '../../src/contract/command-contracts.ts';
import { type JsonSchema, jsonSchemaOf } from '../../src/contract/json-schema.ts';
import { shapes } from '../e2e/envelopes.ts';
import { vendorBodies } from '../support/vendor-bodies.ts';
import type { Dice } from './dice.ts';
import { fitting, type Ground } from './fitting.ts';
import { hostileText } from './hostile.ts';
import { bodyBytes, mutated } from './mutate.ts';
import { secret, secretNames } from './secrets.ts';

export interface BusCase {
  readonly queue: string;
  readonly exchange: string;
  readonly key: string;
  readonly body: Buffer;
  readonly properties: Options.Publish;
}

/** Every queue that the service consumes, so that a later one is among them by itself. */
export const queuesOf = (exchange: string): readonly QueueSpec[] =>
  consumedQueues.map((name) => topologyOf(exchange, commandNames).queues[name]);

const schemas: ReadonlyMap<string, JsonSchema> = new Map([
  ...commandContracts.map(({ key, body }) => [key, jsonSchemaOf(body)] as const),
  ...Object.entries(definitions).map(
    ([name, { schema }]) => [`${planePrefix}${name}`, jsonSchemaOf(schema)] as const,
  ),
]);

/** A message for one of the bindings: one in three as documented, the others broken somewhere. */
export function busCase(queues: readonly QueueSpec[], ground: Ground, replyTo: string): BusCase {
  const { dice } = ground;
  const queue = dice.pick(queues);
  // Few of the keys of commands are answered on the exchange, and each deserves as much.
  const others = queue.bindings.filter(({ key }) => !key.startsWith(commandPrefix));
  const binding = dice.pick(dice.chance(0.5) ? others : queue.bindings);
  const key = keyFor(binding, dice);
  const isTame = dice.chance(0.35);
  const payload = payloadFor(key, ground);
  const shape = dice.pick([...shapes, null]);
  const { body, properties } = shape?.(key, payload as object) ?? { body: payload };
  const { exchange: _, ...own }: { exchange?: string } & Options.Publish = properties ?? {};
  return {
    queue: queue.name,
    exchange: binding.exchange,
    key,
    body: isTame
      ? bodyBytes(body, dice, 0)
      : bodyBytes(dice.chance(0.85) ? mutated(body, dice) : body, dice, 0.15),
    properties: {
      persistent: true,
      contentType: 'application/json',
      ...own,
      ...(dice.chance(0.5) && { replyTo }),
      ...(!isTame && oddProperties(dice)),
    },
  };
}

const words = ['created', 'updated', 'deleted', 'opened', 'merged', 'closed', 'completed', 'x'];

/** A key that the binding takes. */
function keyFor({ key }: Binding, dice: Dice): string {
  if (key === `${planePrefix}*` && dice.chance(0.9)) {
    return `${planePrefix}${dice.pick(commandNames)}`;
  }
  return key
    .split('.')
    .flatMap((word) => {
      if (word === '*') return [dice.pick([...words, 'edit', 'issue'])];
      if (word !== '#') return [word];
      return dice.pick([[], ['issue'], ['github', 'push'], ['project', 'x', 'y']]);
    })
    .join('.');
}

/** Whose bodies come under keys that begin so; anybody's may. */
const senders: { readonly [word: string]: readonly string[] } = {
  plane: ['plane'],
  webhook: ['plane', 'github'],
  git: ['github', 'git'],
  github: ['github', 'git'],
  tool: ['hookd'],
  ci: ['ci', 'github'],
  imi: ['v2'],
};

/** A command is asked for by its own key, or by that of the command plane. */
const schemaOf = (key: string): JsonSchema | undefined =>
  schemas.get(key.replace(planePrefix, commandPrefix));

function payloadFor(key: string, ground: Ground): unknown {
  const { dice } = ground;
  const schema = schemaOf(key);
  if (schema && dice.chance(0.95)) return fitting(schema, 'payload', ground);
  const mine = senders[key.split('.')[0] ?? ''] ?? [];
  const theirs = vendorBodies.filter(({ sender }) => mine.includes(sender));
  const { text } = dice.pick(theirs.length > 0 && dice.chance(0.85) ? theirs : vendorBodies);
  return JSON.parse(amongOurs(text, dice));
}

/** The body, about repositories, branches and pull requests that other cases are about too. */
const amongOurs = (text: string, dice: Dice): string =>
  text
    .replace(/acme\/widget/gi, `fuzz/repo-${dice.below(12)}`)
    .replace(/feat(ure)?\/[\w-]*spin/g, `feat/PROJ-${dice.below(40)}`)
    .replace(/PROJ-123\b/g, `PROJ-${dice.below(40)}`)
    .replace(/"number": 42|"pr_number": 42/g, (found) =>
      found.replace('42', String(1 + dice.below(60))),
    );

function oddProperties(dice: Dice): Options.Publish {
  const odd = <T>(value: () => T): T | undefined => (dice.chance(0.15) ? value() : undefined);
  const shortText = () => hostileText(dice).slice(0, 60).toWellFormed().replace(/\0/g, '');
  const properties: Options.Publish = {
    contentType: odd(() => dice.pick(['text/plain', 'application/octet-stream', 'x', ''])),
    contentEncoding: odd(() => dice.pick(['gzip', 'utf-16', 'base64', 'identity'])),
    messageId: odd(() => dice.pick([shortText(), secret(dice, 'hidden').slice(0, 250)])),
    correlationId: odd(() => dice.pick([shortText(), secret(dice, 'hidden').slice(0, 250)])),
    appId: odd(shortText),
    type: odd(shortText),
    timestamp: odd(() => dice.pick([0, 1, 2 ** 52])),
    priority: odd(() => dice.pick([0, 9, 255])),
    replyTo: odd(() => dice.pick(['', 'no.such.queue', shortText()])),
    headers: odd(() => ({
      [dice.pick(secretNames)]: secret(dice, 'hidden'),
      nested: { deep: [{ note: secret(dice, 'hidden') }, 1, true, null] },
      'x-death': [{ reason: 'expired', count: 3 }],
      'x-imi-code': secret(dice, 'hidden'),
      'x-imi-reason': secret(dice, 'hidden'),
      'x-imi-routing-key': 'imi.cmd.failed',
      'x-imi-first-death-at': secret(dice, 'hidden'),
    })),
  };
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));
}
