import { basename } from 'node:path';
import { DomainError } from '../services/errors.ts';
import type { CsvProblem } from '../services/market-data/csv/scan.ts';
import { timeFormatText } from '../services/market-data/csv/format.ts';
import type { FetchOptions, FetchProgress } from '../services/market-data/fetch.ts';
import type { GapReport } from '../services/market-data/gaps.ts';
import type { ImportReport } from '../services/market-data/import.ts';
import { type SeriesKey, seriesName } from '../services/market-data/series-key.ts';
import { timeframeMs, timeframeText } from '../trading/timeframe.ts';
import { csvFile } from './csv-candles.ts';
import { count, isoTime, moment, table } from './format.ts';
import { withMarketData } from './market-data.ts';
import { ProgressLine } from './progress-line.ts';
import { CliError, type CliContext, type Terminal } from './terminal.ts';

/** `candles import`: prints what was imported, or the lines that cannot be. */
export async function importCandles(file: string, key: SeriesKey, json: boolean, { env, terminal }: CliContext): Promise<void> {
  const text = await csvFile(file);
  const progress = new ProgressLine(terminal);
  const begin = performance.now();
  try {
    const report = await withMarketData(env, (marketData) =>
      marketData.importFile(text, key, {
        onProgress: (fraction) => progress.show(fraction < 0.5 ? 'Checking' : 'Importing', fraction),
      }),
    );
    progress.clear();
    if (json) terminal.out(`${JSON.stringify({ ...plain(report), elapsedMs: Math.round(performance.now() - begin) })}\n`);
    else terminal.out(`${importText(basename(file), report)}\n`);
  } catch (error) {
    progress.clear();
    tellBadRows(error, terminal);
    throw error;
  } finally {
    progress.clear();
  }
}

/** `candles fetch`. */
export async function fetchCandles(
  key: SeriesKey,
  options: FetchOptions,
  json: boolean,
  { env, terminal }: CliContext,
): Promise<void> {
  const progress = new ProgressLine(terminal);
  try {
    const onProgress = ({ fraction }: FetchProgress): void => progress.show('Fetching', fraction);
    const report = await withMarketData(env, async (marketData) => {
      await marketData.fetchableRange(key, options, ['from']);
      return interruptible((signal) => marketData.fetch(key, { ...options, onProgress, signal }));
    });
    progress.clear();
    if (json) {
      terminal.out(`${JSON.stringify(plain(report))}\n`);
      return;
    }
    terminal.out(
      [
        `${seriesName(key)}: ${count(report.fetched, 'candle')} fetched, ${report.stored.toLocaleString('en-US')} of them new or changed; ${report.known.toLocaleString('en-US')} were here already`,
        `  from ${moment(report.from)} to ${moment(report.to)} UTC, ${gapsText(report.gaps)}\n`,
      ].join('\n'),
    );
  } finally {
    progress.clear();
  }
}

/** Work that Ctrl-C stops at a point from which the next call goes on. */
async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort(new CliError('stopped; the same command goes on where it stopped'));
  process.once('SIGINT', stop);
  try {
    return await work(stopping.signal);
  } finally {
    process.off('SIGINT', stop);
  }
}

/** `candles list`. */
export async function listCandles(filter: Partial<SeriesKey>, json: boolean, { env, terminal }: CliContext): Promise<void> {
  const coverage = await withMarketData(env, (marketData) => marketData.coverage(filter));
  if (json) {
    terminal.out(`${JSON.stringify({ series: coverage.map(plain) })}\n`);
    return;
  }
  if (coverage.length === 0) throw new CliError('there are no candles yet: import some with "candlewick candles import"');
  const rows = coverage.map(({ exchange, symbol, timeframe, count: candles, from, to, gaps }) => [
    exchange,
    symbol,
    timeframeText(timeframe),
    moment(from),
    moment(to),
    candles.toLocaleString('en-US'),
    gaps.count === 0 ? '–' : `${gaps.count.toLocaleString('en-US')} (${count(gaps.missing, 'candle')})`,
  ]);
  terminal.out(`${table(['<Exchange', '<Symbol', '<Length', '<First (UTC)', '<Last (UTC)', 'Candles', 'Gaps'], rows)}\n`);
}

/** Times as ISO text. */
function plain<T extends { readonly from: number; readonly to: number; readonly gaps: GapReport }>(report: T) {
  const { missing, count: gapCount, gaps } = report.gaps;
  const times = gaps.map((gap) => ({ from: isoTime(gap.from), to: isoTime(gap.to), missing: gap.missing }));
  return { ...report, from: isoTime(report.from), to: isoTime(report.to), missing, gapCount, gaps: times };
}

function importText(file: string, report: ImportReport): string {
  const { timeFormat, imported, revised, unchanged, duplicates, outOfOrder, ignoredColumns, from, to, timeframe, gaps } = report;
  const changes = [`${imported.toLocaleString('en-US')} new`, `${revised.toLocaleString('en-US')} revised`];
  const lines = [
    `${file} is in the database as ${seriesName(report)}: ${[...changes, `${unchanged.toLocaleString('en-US')} unchanged`].join(', ')}`,
    `  from ${moment(from)} to ${moment(to + timeframeMs(timeframe))} UTC, ${gapsText(gaps)}`,
    `  times were read as ${timeFormatText[timeFormat]}`,
  ];
  if (duplicates > 0) lines.push(`  ${count(duplicates, 'duplicate row')}: the last of each was kept`);
  if (outOfOrder > 0) lines.push(`  ${count(outOfOrder, 'row')} out of order`);
  if (ignoredColumns.length > 0) lines.push(`  columns not used: ${ignoredColumns.join(', ')}`);
  return lines.join('\n');
}

function gapsText({ count: runs, missing, gaps }: GapReport): string {
  if (runs === 0) return 'no gaps';
  const first = `the first from ${moment(gaps[0].from)} to ${moment(gaps[0].to)}`;
  return `${count(missing, 'candle')} missing in ${count(runs, 'gap')}, ${first}`;
}

/** The lines of a file that cannot be imported, before the sentence that says so. */
function tellBadRows(error: unknown, terminal: Terminal): void {
  if (!(error instanceof DomainError)) return;
  const { problems, problemCount } = error.details;
  if (!isProblemList(problems)) return;
  for (const { line, message } of problems) terminal.err(`line ${line}: ${message}\n`);
  const more = Number(problemCount) - problems.length;
  if (more > 0) terminal.err(`and ${count(more, 'more bad row')}\n`);
}

function isProblemList(value: unknown): value is readonly CsvProblem[] {
  return Array.isArray(value);
}
