import { existsSync } from 'node:fs';
import type { Config } from '../config.ts';
import type { Database } from '../services/database/index.ts';
import { CliError } from './terminal.ts';

/**
 * Runs a command's work on the configured database, brought up to date as every start does, and closes it.
 * @throws CliError when there is no database yet: none is made
 */
export async function onStoredDatabase<T>(
  env: NodeJS.ProcessEnv,
  work: (database: Database, config: Config) => Promise<T>,
): Promise<T> {
  const { readConfig } = await import('../config.ts');
  const { openDatabase } = await import('../services/database/index.ts');
  const config = readConfig(env);
  const file = /^sqlite:(?!:memory:)(.+)$/.exec(config.databaseUrl)?.[1];
  if (file !== undefined && !existsSync(file)) throw new CliError(`there is no database ${file}`);
  const database = await openDatabase({ url: config.databaseUrl });
  try {
    await database.migrate();
    return await work(database, config);
  } finally {
    await database.close();
  }
}
