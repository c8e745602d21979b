/** Exchange of the ecosystem: commands and events share it. Any other declaration is a 406. */
export const exchangeType = 'topic';

/** Exchange that Flume publishes to; every broker has it. */
export const flumeExchange = 'amq.topic';

/** Prefix of the routing key of a command: `imi.cmd.<name>`. */
export const commandPrefix = 'imi.cmd.';

/** Prefix of the keys of the command plane: `command.imi.<action>`, and its answers one word longer. */
export const planePrefix = 'command.imi.';

/** Keys of the commands of iMi v2. */
export const v2Keys = [
  'imi.project.register',
  'imi.worktree.create',
  'imi.worktree.merge',
] as const;

export type V2Key = (typeof v2Keys)[number];

export const isV2Key = (key: string): key is V2Key => (v2Keys as readonly string[]).includes(key);

export interface Binding {
  readonly exchange: string;
  readonly key: string;
}

export interface QueueSpec {
  readonly name: string;
  readonly deadLetterQueue: string;
  readonly bindings: readonly Binding[];
}

export interface Topology {
  readonly exchange: string;
  readonly queues: { readonly [Q in QueueName]: QueueSpec };
}

/** iMi's queues, each with a handler. */
export const consumedQueues = [
  'imi.commands',
  'imi.plane_events',
  'imi.git_events',
  'imi.mutation_events',
  'imi.deploy_events',
] as const;

export type QueueName = (typeof consumedQueues)[number];

/**
 * iMi's queues on Bloodbank (spec/bloodbank.md, "Queues"), as data.
 * Each command is bound by its own key: `imi.cmd.*` would match our own `imi.cmd.failed`, a loop.
 * `command.imi.*` matches one word more and so none of our answers, which have two. Flume publishes
 * the commands of v2 to its own exchange, so these are bound there as well.
 */
export function topologyOf(exchange: string, commandNames: readonly string[]): Topology {
  const ownKeys = [...commandNames.map((name) => `${commandPrefix}${name}`), ...v2Keys];
  const queue = (name: QueueName, keys: readonly string[], flumeKeys: readonly string[] = []) => ({
    name,
    deadLetterQueue: `${name}.dlq`,
    bindings: [
      ...keys.map((key) => ({ exchange, key })),
      ...flumeKeys.map((key) => ({ exchange: flumeExchange, key })),
    ],
  });
  return {
    exchange,
    queues: {
      'imi.commands': queue('imi.commands', [...ownKeys, `${planePrefix}*`], ownKeys),
      'imi.plane_events': queue('imi.plane_events', ['plane.ticket.*', 'webhook.plane.#']),
      'imi.git_events': queue('imi.git_events', [
        'git.push',
        'git.pr.*',
        'git.sync_completed',
        'github.pr.created',
      ]),
      'imi.mutation_events': queue('imi.mutation_events', ['tool.mutation.*']),
      'imi.deploy_events': queue('imi.deploy_events', ['ci.deploy.*']),
    },
  };
}
