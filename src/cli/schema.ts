import type { Command } from 'commander';
import type { CliContext } from './terminal.ts';

/** Adds `schema`, which prints the GraphQL schema as it stands in schema.graphql. */
export function addSchemaCommand(program: Command, { terminal }: CliContext): void {
  program
    .command('schema')
    .description('print the GraphQL schema')
    .allowExcessArguments(false)
    .action(async () => {
      const { createApp } = await import('../app.ts');
      const { readConfig } = await import('../config.ts');
      const { schemaText } = await import('../resolvers/schema.ts');
      const { createLogger } = await import('../services/logger.ts');
      // The schema is the same whatever it runs on: a database in memory leaves nothing behind.
      const config = readConfig({
        DATABASE_URL: 'sqlite::memory:',
        CANDLEWICK_SECRET: 'no token is signed with this one',
        PORT: '0',
      });
      const app = await createApp(config, { logger: createLogger({ level: 'silent', pretty: false }) });
      terminal.out(schemaText(app.schema));
      await app.stop(0);
    });
}
