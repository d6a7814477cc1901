/** Where a command writes, and what it may assume about who reads. */
export interface Terminal {
  /** The result: standard output. */
  out(text: string): void;
  /** Progress, warnings, errors: standard error. */
  err(text: string): void;
  /** Whether a person watches standard error, so that a line may be drawn over again. */
  readonly isInteractive: boolean;
}

/** What every command is given. */
export interface CliContext {
  readonly terminal: Terminal;
  readonly env: NodeJS.ProcessEnv;
}

/** What a script can tell apart by the exit code. */
export const ExitCode = {
  OK: 0,
  /** It could not be done: a missing file, no candles, no database. */
  FAILED: 1,
  /** The command line is wrong. */
  USAGE: 2,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** Ends a command with one sentence on standard error. */
export class CliError extends Error {
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = ExitCode.FAILED, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CliError';
    this.exitCode = exitCode;
  }
}

/** A wrong command line. */
export function usageError(message: string, options?: ErrorOptions): CliError {
  return new CliError(message, ExitCode.USAGE, options);
}
