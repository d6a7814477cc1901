import type { Command } from 'commander';
import type { CliContext } from './terminal.ts';

/** Adds `backup create` and `backup restore`. */
export function addBackupCommand(program: Command, { env, terminal }: CliContext): void {
  const backup = program.command('backup').description('back up a SQLite database, and bring a backup back');
  backup
    .command('create')
    .argument('<file>', 'a new file')
    .description('copy the configured database, also while the server runs')
    .option('--json', 'one JSON object on standard output')
    .allowExcessArguments(false)
    .action(async (file: string, { json }: { json?: boolean }) => {
      const { createBackup, databaseUrl, systemClock } = await load(env);
      const report = await createBackup(databaseUrl, file, systemClock);
      const size = `${(report.bytes / 1e6).toFixed(1)} MB`;
      terminal.out(json ? `${JSON.stringify(report)}\n` : `Backup written to ${report.file} (${size})\n`);
    });
  backup
    .command('restore')
    .argument('<file>', 'a backup')
    .description('check a backup, back up what is there, and put the backup in its place; stop the server first')
    .option('--json', 'one JSON object on standard output')
    .allowExcessArguments(false)
    .action(async (file: string, { json }: { json?: boolean }) => {
      const { restoreBackup, databaseUrl, databaseIdKey, systemClock } = await load(env);
      // Cursors that clients hold are of the database as it was: the restored one is another.
      const report = await restoreBackup(databaseUrl, file, { clock: systemClock, forget: [databaseIdKey] });
      if (json) return terminal.out(`${JSON.stringify({ ...report, previous: report.previous ?? null })}\n`);
      if (report.previous !== undefined) terminal.err(`What was there before is in ${report.previous}\n`);
      if (report.migrations.length > 0) terminal.err(`Brought up to date by ${report.migrations.join(', ')}\n`);
      terminal.out(`${report.database} restored from ${file}\n`);
    });
}

async function load(env: NodeJS.ProcessEnv) {
  const { readConfig } = await import('../config.ts');
  const { databaseIdKey } = await import('../app/database-id.ts');
  const { systemClock } = await import('../services/clock.ts');
  const { createBackup, restoreBackup } = await import('../services/maintenance/backups.ts');
  return { databaseUrl: readConfig(env).databaseUrl, databaseIdKey, systemClock, createBackup, restoreBackup };
}
