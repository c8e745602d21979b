/** Exchange of the ecosystem: commands and events share it. Any other declaration is a 406. */
export const exchangeType = 'topic';

/** Exchange that Flume publishes to; every broker has it. */
export const flumeExchange = 'amq.topic';

/** Prefix of the routing key of a command: `imi.cmd.<name>`. */
export const commandPrefix = 'imi.cmd.';

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
 */
export function topologyOf(exchange: string, commandNames: readonly string[]): Topology {
  const commandKeys = commandNames.map((name) => `${commandPrefix}${name}`);
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
      'imi.commands': queue('imi.commands', commandKeys, commandKeys),
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
