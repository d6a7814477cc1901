import type { Command } from 'commander';
import { writeFile } from 'node:fs/promises';
import { CliError, type CliContext } from './terminal.ts';

/** Adds `schema`, which prints the GraphQL schema as it stands in schema.graphql, or writes it to a file once it is there. */
export function addSchemaCommand(program: Command, { terminal }: CliContext): void {
  program
    .command('schema')
    .description('print the GraphQL schema')
    .option('--out <file>', 'write it to this file instead')
    .allowExcessArguments(false)
    .action(async ({ out }: { out?: string }) => {
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
      const text = schemaText(app.schema);
      await app.stop(0);
      if (out === undefined) terminal.out(text);
      else await written(out, text);
    });
}

async function written(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new CliError(`cannot write the schema to ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
