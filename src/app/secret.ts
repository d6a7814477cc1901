import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../config.ts';

/**
 * The installation's secret: from the environment, or in development from `secret` in the data folder, made there at the first
 * start and readable by its owner only.
 * @throws ConfigError when the file cannot be read, written, or holds something else
 */
export function installationSecret(given: string | undefined, dataFolder: string): string {
  if (given !== undefined) return given;
  const file = join(dataFolder, 'secret');
  try {
    mkdirSync(dataFolder, { recursive: true });
    // `wx` lets exactly one of two processes that start together make it.
    writeFileSync(file, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
      throw new ConfigError(
        `the secret cannot be kept in ${file} (${(error as Error).message}): set CANDLEWICK_SECRET, or make the folder writable`,
      );
  }
  const secret = readFileSync(file, 'utf8').trim();
  if (secret.length < 32)
    throw new ConfigError(
      `${file} holds ${secret.length} characters, a secret has at least 32: restore it, or delete it and lose all sessions`,
    );
  return secret;
}
