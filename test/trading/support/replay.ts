import type { BacktestSpec } from '../../../src/trading/backtest.ts';
import { readSpec } from '../../../src/trading/backtest.ts';
import type { Candles } from '../../../src/trading/candle.ts';
import { Matcher } from '../../../src/trading/matcher.ts';
import { candleAt, sliceCandles } from '../../../src/trading/series.ts';
import { type SessionEffect, type SessionTrade, TradingSession } from '../../../src/trading/session.ts';

/** What a paper bot did with candles that came one at a time. */
export interface Replay {
  readonly trades: readonly SessionTrade[];
  readonly session: TradingSession;
  readonly effects: readonly SessionEffect[];
}

/**
 * Lives through candles as a paper bot does: closed candles one by one, market orders filled at the first price of the next one.
 * @param options.warm candles given as history before
 * @param options.restartEvery candles after which the session is stored and made anew from what was stored
 */
export function replay(
  candles: Candles,
  spec: BacktestSpec,
  { warm = 0, restartEvery = Infinity, ticks = true }: { warm?: number; restartEvery?: number; ticks?: boolean } = {},
): Replay {
  const plan = readSpec(spec);
  const n = candles.openTime.length;
  const make = (history: number): { session: TradingSession; matcher: Matcher } => {
    const session = TradingSession.onHistory(plan, sliceCandles(candles, 0, history));
    return { session, matcher: new Matcher(session, plan.options) };
  };
  let { session, matcher } = make(warm);
  const trades: SessionTrade[] = [];
  const effects: SessionEffect[] = [];
  for (let i = warm; i < n; i++) {
    const candle = candleAt(candles, i);
    if (ticks) matcher.opened(i, candle.openTime, candle.open);
    matcher.candle(i, candles);
    trades.push(...session.closed.take());
    effects.push(...session.handle({ type: 'CANDLE_CLOSED', candle }));
    if ((i + 1) % restartEvery === 0) {
      const stored = JSON.stringify(session.state());
      ({ session, matcher } = make(i + 1));
      session.restore(JSON.parse(stored));
    }
  }
  return { trades, session, effects };
}
