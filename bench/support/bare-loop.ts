import type { Candles } from '../../src/trading/candle.ts';

/**
 * The yardstick: the same work as one backtest of `ema-rsi`, written as bare loops over typed arrays with everything fixed in place:
 * EMA 9/21 cross, RSI 14, stop 2 %, target 4 %, fee 0.1 %, 95 % of cash, fill at the next open, a list of trades, equity at every close, and the
 * usual metrics. No checks, no options, no strategy, no hash.
 */
export interface BareResult {
  readonly trades: number;
  readonly finalEquity: number;
  readonly maxDrawdown: number;
  readonly sharpe: number;
  readonly profitFactor: number;
  readonly winRate: number;
}

export function emaColumn(x: Float64Array, period: number): Float64Array {
  const out = new Float64Array(x.length).fill(Number.NaN, 0, period - 1);
  const weight = 2 / (period + 1);
  let value = 0;
  for (let i = 0; i < period; i++) value += x[i];
  value /= period;
  out[period - 1] = value;
  for (let i = period; i < x.length; i++) {
    value += (x[i] - value) * weight;
    out[i] = value;
  }
  return out;
}

export function rsiColumn(x: Float64Array, period: number): Float64Array {
  const out = new Float64Array(x.length).fill(Number.NaN, 0, period);
  let gain = 0;
  let loss = 0;
  for (let i = 1; i <= period; i++) {
    const change = x[i] - x[i - 1];
    if (change > 0) gain += change;
    else loss -= change;
  }
  const share = 1 / period;
  gain *= share;
  loss *= share;
  out[period] = gain + loss === 0 ? 50 : (100 * gain) / (gain + loss);
  for (let i = period + 1; i < x.length; i++) {
    const change = x[i] - x[i - 1];
    const size = Math.abs(change);
    gain = (gain * (period - 1) + (size + change) * 0.5) * share;
    loss = (loss * (period - 1) + (size - change) * 0.5) * share;
    out[i] = gain + loss === 0 ? 50 : (100 * gain) / (gain + loss);
  }
  return out;
}

export interface BareTrade {
  readonly entryIndex: number;
  readonly exitIndex: number;
  readonly entryPrice: number;
  readonly exitPrice: number;
  readonly quantity: number;
  readonly pnl: number;
  readonly reason: string;
}

export function bareLoop(candles: Candles): BareResult {
  const { close } = candles;
  return bareTrading(candles, emaColumn(close, 9), emaColumn(close, 21), rsiColumn(close, 14), 21);
}

/** The same with columns that are there already: what one run of a sweep has to do. @param first index of the first decision */
export function bareTrading(
  { openTime, open, high, low, close }: Candles,
  fast: Float64Array,
  slow: Float64Array,
  rsi: Float64Array,
  first: number,
): BareResult {
  const n = close.length;
  const equity = new Float64Array(n);
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

  for (let i = 0; i < n; i++) {
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
    equity[i] = quantity > 0 ? cash + quantity * (close[i] - entry) : cash;
    if (i >= first) {
      if (quantity > 0) {
        if ((fast[i] < slow[i] && fast[i - 1] > slow[i - 1]) || rsi[i] > 80) pending = 2;
      } else if (fast[i] > slow[i] && fast[i - 1] < slow[i - 1] && rsi[i] < 70) {
        pending = 1;
        signalClose = close[i];
      }
    }
  }
  return { trades: trades.length, finalEquity: equity[n - 1], ...metricsOf(openTime, equity, trades) };
}

function metricsOf(
  openTime: Float64Array,
  equity: Float64Array,
  trades: readonly BareTrade[],
): Omit<BareResult, 'trades' | 'finalEquity'> {
  const n = equity.length;
  let peak = 10_000;
  let maxDrawdown = 0;
  let day = Math.floor(openTime[0] / 86_400_000);
  let before = 10_000;
  let [days, sum, squares] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    if (equity[i] > peak) peak = equity[i];
    const fall = 1 - equity[i] / peak;
    if (fall > maxDrawdown) maxDrawdown = fall;
    const today = Math.floor(openTime[i] / 86_400_000);
    if (today !== day || i === n - 1) {
      const at = i === n - 1 ? i : i - 1;
      const change = equity[at] / before - 1;
      before = equity[at];
      days += 1;
      sum += change;
      squares += change * change;
      day = today;
    }
  }
  const mean = sum / days;
  const sharpe = (mean / Math.sqrt((squares - days * mean * mean) / (days - 1))) * Math.sqrt(365);
  let [wins, profit, loss] = [0, 0, 0];
  for (const { pnl } of trades) {
    if (pnl > 0) {
      wins += 1;
      profit += pnl;
    } else loss -= pnl;
  }
  return { maxDrawdown, sharpe, profitFactor: profit / loss, winRate: wins / trades.length };
}
