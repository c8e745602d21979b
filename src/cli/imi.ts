#!/usr/bin/env node
import { Command } from 'commander';
import { ConfigError, readConfig } from '../config.ts';
import { connectDatabase } from '../projections/database.ts';
import { migrate } from '../projections/migrate.ts';
import { redactText } from '../redact.ts';

const program = new Command('imi').description('Operate iMi, the project registry');

program
  .command('migrate')
  .description('bring the database of IMI_DATABASE_URL up to date')
  .action(async () => {
    const { databaseUrl } = readConfig(process.env);
    if (databaseUrl === undefined) {
      throw new ConfigError('Set IMI_DATABASE_URL; the embedded database migrates when iMi starts');
    }
    const db = connectDatabase(databaseUrl, { poolSize: 1, applicationName: 'imi migrate' });
    try {
      const done = await migrate(db);
      for (const { schema, name } of done) process.stdout.write(`${schema}  ${name}\n`);
      if (done.length === 0) process.stdout.write('Nothing to migrate\n');
    } finally {
      await db.destroy();
    }
  });

program.parseAsync().catch((error: Error) => {
  process.stderr.write(`imi: ${redactText(error.message)}\n`);
  process.exitCode = 1;
});
