import { basename } from 'node:path';
import type { Candles } from '../trading/candle.ts';
import { sliceCandles } from '../trading/series.ts';
import { type Timeframe, timeframeMs, timeframeText } from '../trading/timeframe.ts';
import type { BacktestRequest, CandleSource, DetailSource } from './backtest-request.ts';
import { readCsvCandles } from './csv-candles.ts';
import { moment } from './format.ts';
import type { ProgressLine } from './progress-line.ts';
import { CliError, type CliContext } from './terminal.ts';

/** Candles, and what to call them. */
export interface LoadedCandles {
  readonly candles: Candles;
  readonly timeframe: Timeframe;
  readonly market: string;
}

/** Loads the candles that a request names. @throws CliError, DomainError with one sentence when there are none */
export async function loadCandles(
  request: Pick<BacktestRequest, 'source' | 'from' | 'to'>,
  context: CliContext,
  progress: ProgressLine,
): Promise<LoadedCandles> {
  const { source, from, to } = request;
  if (!('csv' in source)) {
    const { databaseCandles } = await import('./database-candles.ts');
    const candles = await databaseCandles({ ...source, from, to }, context);
    return { candles, timeframe: source.timeframe, market: `${source.symbol} at ${source.exchange}` };
  }
  const read = await readFile(source.csv, source.timeframe, { from, to }, context, progress);
  return { ...read, market: source.symbol ?? basename(source.csv) };
}

/** Loads the finer candles, for the time that the others span. */
export async function loadDetail(
  detail: DetailSource,
  source: CandleSource,
  { candles: { openTime }, timeframe }: LoadedCandles,
  context: CliContext,
  progress: ProgressLine,
): Promise<{ readonly candles: Candles; readonly timeframe: Timeframe }> {
  const range = { from: openTime[0], to: openTime[openTime.length - 1] + timeframeMs(timeframe) };
  if ('csv' in detail) return readFile(detail.csv, detail.timeframe, range, context, progress);
  if ('csv' in source) throw new CliError('finer candles of a file are read from another file');
  const { databaseCandles, finestTimeframe } = await import('./database-candles.ts');
  const finer = detail.timeframe ?? (await finestTimeframe({ ...source, ...range }, context));
  return { candles: await databaseCandles({ ...source, ...range, timeframe: finer }, context), timeframe: finer };
}

interface Range {
  readonly from: number | undefined;
  readonly to: number | undefined;
}

async function readFile(
  csv: string,
  length: Timeframe | undefined,
  { from, to }: Range,
  { terminal }: CliContext,
  progress: ProgressLine,
): Promise<{ readonly candles: Candles; readonly timeframe: Timeframe }> {
  const { candles, timeframe, notes } = await readCsvCandles(csv, length, (done) => progress.show('Reading', done));
  progress.clear();
  for (const note of notes) terminal.err(`${basename(csv)}: ${note}\n`);
  const wanted = between(candles, from, to);
  if (wanted.openTime.length === 0) throw new CliError(nothingBetween(csv, timeframe, candles, from, to));
  return { candles: wanted, timeframe };
}

function between(candles: Candles, from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY): Candles {
  const { openTime } = candles;
  const placeOf = (time: number): number => {
    const place = openTime.findIndex((at) => at >= time);
    return place < 0 ? openTime.length : place;
  };
  return sliceCandles(candles, placeOf(from), placeOf(to));
}

function nothingBetween(csv: string, timeframe: Timeframe, { openTime }: Candles, from?: number, to?: number): string {
  const asked = [from === undefined ? '' : ` from ${moment(from)}`, to === undefined ? '' : ` to ${moment(to)}`].join('');
  return `${basename(csv)} has no ${timeframeText(timeframe)} candles${asked}; it reaches from ${moment(openTime[0])} to ${moment(openTime[openTime.length - 1])} UTC`;
}
