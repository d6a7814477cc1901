import type { Command } from 'commander';
import type { CliContext } from './terminal.ts';

/** Adds `migrate`, and `migrate create` for those who change entities. */
export function addMigrateCommand(program: Command, { env, terminal }: CliContext): void {
  const migrate = program
    .command('migrate')
    .description('bring the configured database up to date; a SQLite file is copied first')
    .option('--json', 'one JSON object on standard output')
    .allowExcessArguments(false)
    .action(async ({ json }: { json?: boolean }) => {
      const { readConfig } = await import('../config.ts');
      const { openDatabase } = await import('../services/database/index.ts');
      const database = await openDatabase({ url: readConfig(env).databaseUrl });
      try {
        const { applied, backup } = await database.migrate();
        if (json) return terminal.out(`${JSON.stringify({ database: database.url, applied, backup: backup ?? null })}\n`);
        if (backup) terminal.err(`copied to ${backup}\n`);
        terminal.out(applied.length > 0 ? `applied ${applied.join(', ')}\n` : 'nothing to do: the database is up to date\n');
      } finally {
        await database.close();
      }
    });
  migrate
    .command('create')
    .argument('<name>', 'what changes, such as order_notes')
    .description('write a migration for each database from the difference between entities and migrations')
    .action(async (name: string) => {
      const { createMigration } = await import('../services/database/index.ts');
      for (const { dialect, file } of await createMigration(name))
        terminal.out(`${dialect}: ${file ?? 'entities and migrations agree'}\n`);
    });
}
