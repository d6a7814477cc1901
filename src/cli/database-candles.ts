import { type Timeframe, timeframeText } from '../trading/timeframe.ts';
import type { Candles } from '../trading/candle.ts';
import type { SeriesKey } from '../services/market-data/series-key.ts';
import { count } from './format.ts';
import { withMarketData } from './market-data.ts';
import type { CliContext } from './terminal.ts';

/** Candles of the database, or of an exchange that generates its own; times in ms UTC. */
export interface DatabaseRange extends SeriesKey {
  readonly from: number | undefined;
  /** Candles open before this. */
  readonly to: number | undefined;
}

/**
 * Loads candles for a command, and tells on standard error what is special about them.
 * @throws DomainError when there are none, naming what is there instead
 */
export async function databaseCandles({ from, to, ...key }: DatabaseRange, { env, terminal }: CliContext): Promise<Candles> {
  const { candles, builtFrom, incomplete } = await withMarketData(env, (marketData) =>
    marketData.load(key, given(from, to), { shared: true }),
  );
  if (builtFrom) terminal.err(`${timeframeText(key.timeframe)} candles were built from ${timeframeText(builtFrom)} candles\n`);
  if (incomplete.length > 0) terminal.err(`${count(incomplete.length, 'candle')} lack some of their parts\n`);
  return candles;
}

/**
 * The finest candles of a market over the time of longer ones.
 * @throws DomainError when there are none, naming what is there instead
 */
export async function finestTimeframe({ from, to, ...key }: DatabaseRange, { env, terminal }: CliContext): Promise<Timeframe> {
  const finest = await withMarketData(env, (marketData) => marketData.finestTimeframe(key, given(from, to)));
  terminal.err(`${timeframeText(finest)} candles decide inside the ${timeframeText(key.timeframe)} candles\n`);
  return finest;
}

function given(from: number | undefined, to: number | undefined): { readonly from?: number; readonly to?: number } {
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}
