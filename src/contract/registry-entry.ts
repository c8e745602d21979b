import { consumedQueues, topologyOf } from '../bloodbank/topology.ts';
import { commandNames } from '../commands/definitions.ts';
import { readConfig } from '../config.ts';
import { planeAnswerContracts, v2AnswerContracts } from './answer-contracts.ts';
import { eventContracts } from './event-contracts.ts';

const name = 'imi-v3';

/**
 * iMi's entry for the `services/registry.yaml` of the ecosystem, in the form of the v3 document:
 * what it consumes and produces, and where it answers when nothing is configured.
 */
export function registryEntry() {
  const { exchangeName, port } = readConfig({});
  const { queues } = topologyOf(exchangeName, commandNames);
  const consumed = consumedQueues.map((queue) => queues[queue]);
  const keys = consumed.flatMap(({ bindings }) => bindings.map(({ key }) => key));
  const answers = [...v2AnswerContracts, ...planeAnswerContracts].map(({ address }) =>
    address.replace('{action}', '*'),
  );
  const root = `http://localhost:${port}`;
  return {
    [name]: {
      name,
      description: 'Project Intelligence Layer - Registry, work tracking, metadata linkage',
      type: 'hybrid',
      queue_names: consumed.map((queue) => queue.name),
      routing_keys: [...new Set(keys)],
      produces: [...new Set([...eventContracts.map(({ type }) => type), ...answers])],
      status: 'active',
      owner: '33GOD',
      tags: ['registry', 'intelligence', 'traceability'],
      endpoints: {
        api: `${root}/api/v1`,
        health: `${root}/health`,
        docs: `${root}/docs`,
        asyncapi: `${root}/asyncapi.json`,
      },
    },
  };
}
