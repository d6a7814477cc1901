import type { Command } from 'commander';
import { onStoredDatabase } from './stored.ts';
import { type CliContext, CliError, usageError } from './terminal.ts';

interface Raw {
  readonly expect?: string;
  readonly json?: boolean;
}

/** Adds `audit verify`. */
export function addAuditCommand(program: Command, { env, terminal }: CliContext): void {
  program
    .command('audit')
    .description('the log of what was done with accounts, keys, bots and backups')
    .command('verify')
    .description('check that no event of the audit log was changed, taken out, put in or moved')
    .option('--expect <head>', 'a head that an earlier check printed, such as 1234:9f86…; it must still be in the log')
    .option('--json', 'one JSON object on standard output')
    .allowExcessArguments(false)
    .action(async ({ expect, json }: Raw) => {
      const expected = expect === undefined ? undefined : headOf(expect);
      const { verifyAuditChain } = await import('../services/security/audit-verify.ts');
      const report = await onStoredDatabase(env, (database) => verifyAuditChain(database, expected));
      const head = `${report.head.sequence}:${report.head.hash}`;
      const isIntact = report.problems.length === 0;
      if (json) terminal.out(`${JSON.stringify({ ...report, head, isIntact })}\n`);
      else if (isIntact) terminal.out(`${report.events} events, as they were written\nhead ${head}\n`);
      else for (const problem of report.problems) terminal.out(`${problem}\n`);
      if (!isIntact) throw new CliError('the audit log is not as it was written');
    });
}

function headOf(text: string): { sequence: number; hash: string } {
  const match = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text);
  if (!match) throw usageError(`--expect "${text.slice(0, 80)}" is no head: copy what an earlier check printed after "head"`);
  return { sequence: Number(match[1]), hash: match[2] };
}
