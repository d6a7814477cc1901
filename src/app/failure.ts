import { ConfigError } from '../config.ts';
import { DatabaseProblem } from '../services/database/problem.ts';
import { DomainError } from '../services/errors.ts';

/** What a person reads when the program cannot start or a command cannot be done: one sentence, or the stack of a bug. */
export function explainFailure(error: unknown): string {
  if (error instanceof ConfigError || error instanceof DatabaseProblem || error instanceof DomainError) return error.message;
  if (error instanceof Error) return error.stack ?? error.message;
  return String(error);
}
