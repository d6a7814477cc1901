// Used in worker threads, as .ts and as .js: it imports nothing but the core.
import type { BacktestResult } from '../../trading/backtest-types.ts';
import type { CheckedCandles } from '../../trading/checked-candles.ts';
import { Hasher } from '../../trading/hash.ts';
import type { MarketResult, PortfolioResult, PortfolioTrade } from '../../trading/portfolio/types.ts';

/** What one market brought, with what its candles lack. */
export interface MarketFigures extends MarketResult {
  /** Candles that repeat the one before. */
  readonly duplicateCandles: number;
}

/** A run over one market, or over several on one capital: told in the same words. */
export interface Figures extends Omit<PortfolioResult, 'trades' | 'markets'> {
  readonly trades: readonly PortfolioTrade[];
  readonly markets: readonly MarketFigures[];
  /** Of all candles: the same candles in the same order, the same text. */
  readonly dataFingerprint: string;
}

export function figuresOf(
  symbol: string,
  { candles: { openTime } }: CheckedCandles,
  duplicateCandles: number,
  result: BacktestResult,
): Figures {
  const { candles, trades, openPosition, unfilledOrder, refusals, ambiguousCandles, gaps, missingCandles } = result;
  const { outlierCandles, dataFingerprint, detailFingerprint, fundingFingerprint } = result;
  const market: MarketFigures = {
    symbol,
    candles,
    trades: trades.length,
    realizedPnl: trades.reduce((sum, { pnl }) => sum + pnl, 0),
    openPosition,
    unfilledOrder,
    refusals,
    ambiguousCandles,
    gaps,
    missingCandles,
    outlierCandles,
    duplicateCandles,
    dataFingerprint,
    detailFingerprint,
    fundingFingerprint,
  };
  return { ...result, times: openTime, trades: trades.map((trade) => ({ ...trade, symbol })), markets: [market] };
}

/** @param duplicates of each market */
export function portfolioFigures(duplicates: readonly number[], result: PortfolioResult): Figures {
  return {
    ...result,
    markets: result.markets.map((market, i) => ({ ...market, duplicateCandles: duplicates[i] })),
    dataFingerprint: portfolioFingerprint(result.markets),
  };
}

/** Names the candles of several markets, in their order. */
function portfolioFingerprint(markets: readonly Pick<MarketResult, 'symbol' | 'dataFingerprint'>[]): string {
  const hasher = new Hasher();
  for (const { symbol, dataFingerprint } of markets) hasher.text(symbol).text(dataFingerprint);
  return hasher.digest();
}
