import type { Command } from 'commander';
import { randomBytes } from 'node:crypto';
import type { KeyringReport } from '../services/api-keys/master-key-rotation.ts';
import type { Database } from '../services/database/index.ts';
import type { MasterKeys } from '../services/security/master-keys.ts';
import type { Vault } from '../services/security/vault.ts';
import { onStoredDatabase } from './stored.ts';
import { type CliContext, CliError, usageError } from './terminal.ts';

interface Keyring {
  readonly database: Database;
  readonly masterKeys: MasterKeys;
  readonly vault: Vault;
}

/** Adds `keys status`, `keys generate` and `keys rotate`: the master keys that stored secrets are encrypted under. */
export function addKeysCommand(program: Command, { env, terminal }: CliContext): void {
  const keys = program.command('keys').description('the master keys that stored secrets are encrypted under');
  keys
    .command('status')
    .description('which master keys are configured, which ones the stored keys need, and whether they open')
    .option('--json', 'one JSON object on standard output')
    .allowExcessArguments(false)
    .action(async ({ json }: { json?: boolean }) => {
      const { inspectKeys } = await import('../services/api-keys/master-key-rotation.ts');
      await withKeyring(env, async ({ masterKeys, ...parts }) => {
        const report = await inspectKeys(parts);
        const { versions, current } = masterKeys;
        if (json) terminal.out(`${JSON.stringify({ versions, current, ...report })}\n`);
        else {
          terminal.out(`master keys ${versions.join(', ')}; new secrets are wrapped by ${current}\n`);
          for (const [version, count] of Object.entries(report.byVersion))
            terminal.out(`version ${version}: ${count} stored keys\n`);
        }
        assertOpened(report, terminal);
      });
    });
  keys
    .command('generate')
    .description('print a new master key, one version above the highest; nothing is changed')
    .allowExcessArguments(false)
    .action(async () => {
      const next = (await configuredKeys(env)).current + 1;
      terminal.out(`${next}:${randomBytes(32).toString('hex')}\n`);
    });
  keys
    .command('rotate')
    .description('wrap the data keys of all stored secrets by another master key; servers go on meanwhile')
    .option('--to <version>', 'version of the master key; the highest one unless told')
    .option('--json', 'one JSON object on standard output')
    .allowExcessArguments(false)
    .action(async ({ to, json }: { to?: string; json?: boolean }) => {
      if (to !== undefined && !/^[1-9]\d{0,8}$/.test(to)) throw usageError(`--to "${to}" is no version: give a whole number`);
      const { systemClock } = await import('../services/clock.ts');
      const { rotateMasterKey } = await import('../services/api-keys/master-key-rotation.ts');
      await withKeyring(env, async ({ masterKeys, ...parts }) => {
        const version = to === undefined ? masterKeys.current : Number(to);
        const report = await rotateMasterKey({ ...parts, clock: systemClock }, version);
        if (json) terminal.out(`${JSON.stringify(report)}\n`);
        else
          terminal.out(
            `${report.rewrapped} data keys wrapped by master key ${version}; ${report.byVersion[version] ?? 0} in all\n`,
          );
        assertOpened(report, terminal);
      });
    });
}

/** What does not open makes the command fail, after everything else was done. */
function assertOpened({ unopened }: KeyringReport, terminal: CliContext['terminal']): void {
  if (unopened.length === 0) return;
  for (const { id, label, reason } of unopened) terminal.err(`key "${label}" (${id}): ${reason}\n`);
  throw new CliError(`${unopened.length} stored keys do not open with the configured master keys`);
}

async function configuredKeys(env: NodeJS.ProcessEnv): Promise<MasterKeys> {
  const { readConfig } = await import('../config.ts');
  const { installationSecret } = await import('../app/secret.ts');
  const { masterKeysOf } = await import('../app/master-keys.ts');
  const config = readConfig(env);
  return masterKeysOf(config.masterKeys, installationSecret(config.secret, config.dataFolder));
}

async function withKeyring(env: NodeJS.ProcessEnv, work: (keyring: Keyring) => Promise<void>): Promise<void> {
  const { Vault } = await import('../services/security/vault.ts');
  await onStoredDatabase(env, async (database) => {
    const masterKeys = await configuredKeys(env);
    await work({ database, masterKeys, vault: new Vault(masterKeys) });
  });
}
