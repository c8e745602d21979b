import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { registryPath, registryText } from './registry-file.ts';

// `npm run registry`
await mkdir(dirname(registryPath), { recursive: true });
await writeFile(registryPath, registryText());
