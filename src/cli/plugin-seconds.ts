import type { RawOptions } from './backtest-options.ts';
import { usageError } from './terminal.ts';

/** As long as a job of the server. */
const usualSeconds = 600;
const mostSeconds = 86_400;

/** The option that says how long a plugin may run. */
export const secondsOption = [
  '--max-seconds <number>',
  `seconds that a plugin may take, which runs in a thread of its own (default: ${usualSeconds})`,
] as const;

/** @throws CliError when --max-seconds is not a number of seconds */
export function readSeconds(text: RawOptions[string]): number {
  if (typeof text !== 'string') return usualSeconds;
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (seconds < 1 || seconds > mostSeconds)
    throw usageError(`--max-seconds takes a whole number from 1 to ${mostSeconds}, not "${text}"`);
  return seconds;
}
