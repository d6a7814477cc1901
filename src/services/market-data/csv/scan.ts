import type { Timeframe } from '../../../trading/timeframe.ts';
import { DomainError } from '../../errors.ts';
import { type GapReport, reportGaps } from '../gaps.ts';
import { cellsOf, type CsvHeader, detectTime, readHeader, type TimeFormat } from './format.ts';
import { type CsvText, linesOf } from './lines.ts';
import { Occurrences } from './occurrences.ts';
import { readRow } from './row.ts';

/** A row that cannot be imported; the header is line 1. */
export interface CsvProblem {
  readonly line: number;
  readonly message: string;
}

/** What a file holds, found by reading all of it without storing anything. */
export interface CsvScan {
  readonly header: CsvHeader;
  readonly timeFormat: TimeFormat;
  readonly rows: number;
  /** Rows whose open time occurs again further down; the last one of each counts. */
  readonly duplicates: number;
  /** Rows that come after a later one. */
  readonly outOfOrder: number;
  readonly occurrences: Occurrences;
  readonly gaps: GapReport;
}

export interface ScanOptions {
  readonly timeframe: Timeframe;
  /** No candle may close after this, ms UTC. */
  readonly now: number;
  /** More rows than this are refused. */
  readonly maxRows?: number;
  readonly onBytes?: (read: number) => void;
}

/** How many bad rows are told one by one. */
const listedProblems = 20;

/**
 * Reads a whole CSV file and checks every row.
 * @throws DomainError INVALID when the header or any row is bad; `details.problems` lists the first 20, `details.problemCount` all
 */
export async function scanCsv(text: CsvText, options: ScanOptions): Promise<CsvScan> {
  const { timeframe, now } = options;
  const occurrences = new Occurrences(timeframe);
  const problems: CsvProblem[] = [];
  let problemCount = 0;
  let header: CsvHeader | undefined;
  let timeFormat: TimeFormat | undefined;
  let line = 0;
  let rows = 0;
  let duplicates = 0;
  let outOfOrder = 0;
  const problem = (message: string): void => {
    problemCount += 1;
    if (problems.length < listedProblems) problems.push({ line, message });
  };

  for await (const lines of linesOf(text, options.onBytes)) {
    for (const content of lines) {
      line += 1;
      if (!header) {
        header = readHeader(content, text.name);
        continue;
      }
      if (content.trim() === '') continue;
      rows += 1;
      if (options.maxRows !== undefined && rows > options.maxRows)
        throw new DomainError(
          'INVALID',
          `${text.name} has more than ${options.maxRows} rows; import a larger file with the command: candles import`,
          {
            details: { limit: options.maxRows },
          },
        );
      if (!timeFormat) {
        const time = cellsOf(content, header.delimiter)[header.places[0]]?.trim() ?? '';
        timeFormat = detectTime(time);
        if (!timeFormat) {
          problem(
            `${header.timeColumn} ${JSON.stringify(time.slice(0, 40))} reads neither as an ISO date nor as seconds, milliseconds or microseconds since 1970`,
          );
          continue;
        }
      }
      const candle = readRow(content, header, timeFormat, timeframe, now);
      if (typeof candle === 'string') {
        problem(candle);
        continue;
      }
      if (candle.openTime < occurrences.last) outOfOrder += 1;
      const times = occurrences.add(candle.openTime);
      if (times > 1) duplicates += 1;
      if (times === 255) problem(`the candle of ${new Date(candle.openTime).toISOString()} occurs more than 254 times`);
    }
  }
  if (!header)
    throw new DomainError(
      'INVALID',
      `${text.name} is empty; the first line must be a header like timestamp,open,high,low,close,volume`,
    );
  if (problemCount > 0) throw refused(text.name, problems, problemCount);
  if (!timeFormat) throw new DomainError('INVALID', `${text.name} has a header but no rows`);
  return { header, timeFormat, rows, duplicates, outOfOrder, occurrences, gaps: reportGaps(occurrences.gaps()) };
}

function refused(name: string, problems: readonly CsvProblem[], problemCount: number): DomainError {
  const [first] = problems;
  const others = problemCount > 1 ? ` and ${problemCount - 1} more bad row${problemCount > 2 ? 's' : ''}` : '';
  return new DomainError('INVALID', `nothing was imported from ${name}: line ${first.line}: ${first.message}${others}`, {
    details: { problems, problemCount },
  });
}
