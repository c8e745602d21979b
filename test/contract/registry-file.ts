import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { registryEntry } from '../../src/contract/registry-entry.ts';

export const registryPath = fileURLToPath(new URL('../../services/registry.yaml', import.meta.url));

/** `services/registry.yaml` as it has to be. */
export const registryText = (): string =>
  `# Written by \`npm run registry\` from the topology and the event catalogue.\n${stringify(registryEntry())}`;
