import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { ConfigError, type MasterKeySource } from '../config.ts';
import { MasterKeys, parseMasterKeys, VaultError } from '../services/security/master-keys.ts';

const commandTimeoutMs = 15_000;

/**
 * The keys that wrap the data keys of stored secrets: version 1 follows from the installation's secret, others come from where the
 * configuration says.
 * @throws ConfigError naming the source and what is wrong with it; never what it holds
 */
export function masterKeysOf(source: MasterKeySource | undefined, secret: string): MasterKeys {
  if (!source) return MasterKeys.of(secret);
  try {
    return MasterKeys.of(secret, parseMasterKeys(textOf(source)));
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    throw new ConfigError(`${source.variable}: ${error.message}`);
  }
}

function textOf({ variable, kind, value }: MasterKeySource): string {
  if (kind === 'TEXT') return value;
  try {
    if (kind === 'FILE') return readFileSync(value, 'utf8');
    // What it writes to standard error is the operator's to read; what it writes to standard output is nobody's.
    return execFileSync('/bin/sh', ['-c', value], {
      encoding: 'utf8',
      timeout: commandTimeoutMs,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  } catch (error) {
    const { code, status, signal } = error as { code?: string; status?: number | null; signal?: string | null };
    const reason = code ?? (signal ? `ended by ${signal}` : `ended with ${status}`);
    throw new ConfigError(
      kind === 'FILE'
        ? `${variable}: the file ${value} cannot be read (${reason})`
        : `${variable}: the command did not give the master keys (${reason}, within ${commandTimeoutMs / 1000} s)`,
    );
  }
}
