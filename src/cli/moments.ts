import { readTime, TimeFormat } from '../services/market-data/csv/format.ts';
import { usageError } from './terminal.ts';

/**
 * A moment as it is typed: an ISO date or date and time, UTC unless a zone is given.
 * @returns ms UTC
 * @throws CliError naming the option and the text
 */
export function readMoment(flag: string, text: string): number {
  const time = readTime(text.trim(), TimeFormat.ISO);
  if (Number.isNaN(time)) throw usageError(`${flag} takes a time like 2024-01-31 or 2024-01-31T12:00Z, not "${text}"`);
  return time;
}
