import type { Command } from 'commander';
import type { Health } from '../read-api/health.ts';
import { answer, answering, api, type OutputOptions } from './command.ts';
import { exitCodes } from './failure.ts';
import { sayTable } from './output.ts';

type Shown = Health & { readonly version: string };

/** `imi health`: ends with 1 unless everything is healthy. */
export function addHealth(program: Command): void {
  answering(program, 'health', 'how the service and what it depends on are').action(
    async (options: OutputOptions) => {
      const { body } = await api().health<Shown>();
      answer(options, body, () => {
        const { status, version, database, event_store, bloodbank, projections } = body;
        const parts = { database, event_store, bloodbank, ...projections };
        sayTable(
          ['PART', 'STATUS', ''],
          [
            ['iMi', status, version],
            ...Object.entries(parts).map(([name, { status: condition, ...more }]) => [
              ...[name.replace('_', ' '), condition, detailsOf(more)],
            ]),
          ],
          '',
        );
      });
      if (body.status !== 'healthy') process.exitCode = exitCodes.refused;
    },
  );
}

const detailsOf = (details: object): string =>
  Object.entries(details)
    .filter(([, value]) => value === null || typeof value !== 'object')
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
