import type { Command } from 'commander';
import { answer, answering, type OutputOptions } from './command.ts';
import { say } from './output.ts';

/** `imi migrate` */
export function addMigrate(program: Command): void {
  answering(program, 'migrate', 'bring the database of IMI_DATABASE_URL up to date').action(
    async (options: OutputOptions) => {
      const { migrateDatabase } = await import('./migrate-database.ts');
      const done = await migrateDatabase();
      answer(options, done, () => {
        for (const { schema, name } of done) say(`${schema}  ${name}`);
        if (done.length === 0) say('Nothing to migrate');
      });
    },
  );
}
