import { Command, CommanderError } from 'commander';
import { addBacktestCommand } from './backtest.ts';
import { addCandlesCommand } from './candles.ts';
import { addKeysCommand } from './keys.ts';
import { addMigrateCommand } from './migrate.ts';
import { addSchemaCommand } from './schema.ts';
import { addAuditCommand } from './audit.ts';
import { addBackupCommand } from './backup.ts';
import { addStrategyCommand } from './strategy.ts';
import { type CliContext, CliError, ExitCode } from './terminal.ts';
import { addUserCommand } from './user.ts';

/** The whole command set. Nothing that a command needs is loaded before that command runs, so that help is quick. */
function createProgram(context: CliContext): Command {
  const { terminal } = context;
  const program = new Command('candlewick')
    .description('Candlewick: backtests, candles and upkeep from the command line')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.err(text),
      // Errors are told once, below, in one form.
      outputError: () => {},
    });
  addBacktestCommand(program, context);
  addStrategyCommand(program, context);
  addCandlesCommand(program, context);
  addBackupCommand(program, context);
  addAuditCommand(program, context);
  addKeysCommand(program, context);
  addUserCommand(program, context);
  addMigrateCommand(program, context);
  addSchemaCommand(program, context);
  return program;
}

/**
 * Runs one command line.
 * @param args without the program's own name
 * @returns the exit code
 */
export async function runCli(args: readonly string[], context: CliContext): Promise<ExitCode> {
  try {
    await createProgram(context).parseAsync(args, { from: 'user' });
    return ExitCode.OK;
  } catch (error) {
    if (error instanceof CommanderError) return endOf(error, context);
    context.terminal.err(`error: ${sentenceOf(error)}\n`);
    return error instanceof CliError ? error.exitCode : ExitCode.FAILED;
  }
}

/** Help and version are no errors; the rest is a wrong command line, told in one line. */
function endOf(error: CommanderError, { terminal }: CliContext): ExitCode {
  if (error.exitCode === 0) return ExitCode.OK;
  if (error.code !== 'commander.help') terminal.err(`${error.message.replace(/\n\((Did you mean .*\?)\)$/, '. $1')}\n`);
  return ExitCode.USAGE;
}

/** Errors made for people are shown as they are; anything else is a defect, and its origin helps whoever mends it. */
function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const forPeople = [
    'CliError',
    'DomainError',
    'ParameterError',
    'DatabaseProblem',
    'ConfigError',
    'PluginError',
    'RangeError',
    'VaultError',
  ];
  return forPeople.includes(error.name) ? error.message : (error.stack ?? error.message);
}
