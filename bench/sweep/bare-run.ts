import type { Candles } from '../../src/trading/candle.ts';
import type { BareTrade } from '../support/bare-loop.ts';

const dayMs = 86_400_000;

/**
 * The yardstick of a search on columns that are there already: the trades of `bareTrading`, its metrics taken on the way, and no curve
 * kept, because a search reads the curve of few of its runs.
 * @param first index of the first decision
 * @returns final equity
 */
export function bareRun(
  { openTime, open, high, low, close }: Candles,
  fast: Float64Array,
  slow: Float64Array,
  rsi: Float64Array,
  first: number,
): { readonly finalEquity: number; readonly metrics: readonly number[] } {
  const trades: BareTrade[] = [];
  const fee = 0.001;
  let cash = 10_000;
  let quantity = 0;
  let entry = 0;
  let entryIndex = 0;
  let entryFee = 0;
  let stop = 0;
  let target = 0;
  let signalClose = 0;
  let pending = 0;
  let equity = 10_000;
  let peak = 10_000;
  let maxDrawdown = 0;
  let before = 10_000;
  let days = 0;
  let sum = 0;
  let squares = 0;
  let dayEnd = (Math.floor(openTime[0] / dayMs) + 1) * dayMs;
  const last = close.length - 1;
  for (let i = 0; i <= last; i++) {
    if (openTime[i] >= dayEnd) {
      const change = equity / before - 1;
      before = equity;
      days += 1;
      sum += change;
      squares += change * change;
      dayEnd = (Math.floor(openTime[i] / dayMs) + 1) * dayMs;
    }
    let exitPrice = 0;
    let reason = '';
    if (pending === 1) {
      const price = open[i];
      const size = Math.floor((cash * 0.95) / (price + price * fee) / 1e-8) * 1e-8;
      if (size > 0) {
        quantity = size;
        entry = price;
        entryIndex = i;
        entryFee = size * price * fee;
        cash -= entryFee;
        stop = signalClose * 0.98;
        target = signalClose * 1.04;
      }
    } else if (pending === 2) {
      exitPrice = open[i];
      reason = 'SIGNAL';
    }
    pending = 0;
    if (quantity > 0 && exitPrice === 0) {
      if (low[i] <= stop) {
        exitPrice = Math.min(open[i], stop);
        reason = 'STOP_LOSS';
      } else if (high[i] >= target) {
        exitPrice = Math.max(open[i], target);
        reason = 'TAKE_PROFIT';
      }
    }
    if (exitPrice > 0) {
      const exitFee = quantity * exitPrice * fee;
      cash += quantity * (exitPrice - entry) - exitFee;
      const pnl = quantity * (exitPrice - entry) - entryFee - exitFee;
      trades.push({ entryIndex, exitIndex: i, entryPrice: entry, exitPrice, quantity, pnl, reason });
      quantity = 0;
    }
    equity = quantity > 0 ? cash + quantity * (close[i] - entry) : cash;
    if (equity > peak) peak = equity;
    const fall = 1 - equity / peak;
    if (fall > maxDrawdown) maxDrawdown = fall;
    if (i >= first) {
      if (quantity > 0) {
        if ((fast[i] < slow[i] && fast[i - 1] > slow[i - 1]) || rsi[i] > 80) pending = 2;
      } else if (fast[i] > slow[i] && fast[i - 1] < slow[i - 1] && rsi[i] < 70) {
        pending = 1;
        signalClose = close[i];
      }
    }
  }
  const change = equity / before - 1;
  days += 1;
  const mean = (sum + change) / days;
  squares += change * change;
  const sharpe = (mean / Math.sqrt((squares - days * mean * mean) / (days - 1))) * Math.sqrt(365);
  let wins = 0;
  let profit = 0;
  let loss = 0;
  for (const { pnl } of trades) {
    if (pnl > 0) {
      wins += 1;
      profit += pnl;
    } else loss -= pnl;
  }
  return { finalEquity: equity, metrics: [maxDrawdown, sharpe, profit / loss, wins / trades.length] };
}
