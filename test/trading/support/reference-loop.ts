import type { Candles } from '../../../src/trading/candle.ts';

export interface ReferenceOptions {
  readonly emaFast: number;
  readonly emaSlow: number;
  readonly rsiPeriod: number;
  readonly rsiOversold: number;
  readonly rsiOverbought: number;
  readonly rsiExit: number | null;
  readonly shorts: boolean;
  readonly atClose: boolean;
  /** All of these as fractions; null: none. */
  readonly share: number;
  readonly fee: number;
  readonly stop: number | null;
  readonly target: number | null;
  readonly trail: number | null;
}

export interface ReferenceTrade {
  readonly side: 1 | -1;
  readonly entryIndex: number;
  readonly exitIndex: number;
  readonly entryPrice: number;
  readonly exitPrice: number;
  readonly quantity: number;
  readonly pnl: number;
  readonly exitReason: string;
}

export interface ReferenceResult {
  readonly trades: ReferenceTrade[];
  readonly equity: number[];
  readonly open: { readonly entryIndex: number; readonly entryPrice: number; readonly quantity: number } | null;
}

interface Held {
  side: 1 | -1;
  index: number;
  price: number;
  quantity: number;
  fee: number;
  stop: number;
  trails: boolean;
  target: number;
  best: number;
}

const capital = 10_000;

function ema(x: Float64Array, period: number): number[] {
  let value = 0;
  return Array.from(x, (price, i) => {
    if (i < period) value += price / period;
    else value += ((price - value) * 2) / (period + 1);
    return i < period - 1 ? Number.NaN : value;
  });
}

function rsi(x: Float64Array, period: number): number[] {
  let gain = 0;
  let loss = 0;
  return Array.from(x, (price, i) => {
    if (i === 0) return Number.NaN;
    const [kept, share] = i <= period ? [1, 1 / period] : [(period - 1) / period, 1 / period];
    gain = gain * kept + Math.max(price - x[i - 1], 0) * share;
    loss = loss * kept + Math.max(x[i - 1] - price, 0) * share;
    if (i < period) return Number.NaN;
    return gain + loss === 0 ? 50 : (100 * gain) / (gain + loss);
  });
}

/**
 * `ema-rsi` on candles the plain way, by the convention that levels count from the close that decided, targets get the better open, and an
 * order that was decided comes before them. It shares no line with the engine: a second opinion on it.
 */
export function referenceRun({ open, high, low, close }: Candles, options: ReferenceOptions): ReferenceResult {
  const { atClose, fee, share, stop, target, trail, rsiExit } = options;
  const [fast, slow, strength] = [
    ema(close, options.emaFast),
    ema(close, options.emaSlow),
    rsi(close, options.rsiPeriod),
  ] as const;
  const first = 1 + Math.max(options.emaFast - 1, options.emaSlow - 1, options.rsiPeriod);
  const trades: ReferenceTrade[] = [];
  const equity: number[] = [];
  let cash = capital;
  let held: Held | null = null;
  let wanted: { readonly side: 1 | -1; readonly close: number } | null = null;
  let leaves = false;

  const leave = (exitIndex: number, exitPrice: number, exitReason: string): void => {
    const { side, index, price, quantity } = held!;
    const gross = quantity * (exitPrice - price) * side;
    const exitFee = quantity * exitPrice * fee;
    cash += gross - exitFee;
    const pnl = gross - held!.fee - exitFee;
    trades.push({ side, entryIndex: index, exitIndex, entryPrice: price, exitPrice, quantity, pnl, exitReason });
    held = null;
    leaves = false;
  };
  const enter = (index: number, price: number): void => {
    const { side, close: from } = wanted!;
    wanted = null;
    const quantity = Math.floor((cash * share) / (price + price * fee) / 1e-8) * 1e-8;
    if (quantity <= 0) return;
    cash -= quantity * price * fee;
    const nearest = Math.min(stop ?? Infinity, trail ?? Infinity);
    held = {
      side,
      index,
      price,
      quantity,
      fee: quantity * price * fee,
      stop: from * (1 - side * nearest),
      trails: trail !== null && trail < (stop ?? Infinity),
      target: target === null ? side * Infinity : from * (1 + side * target),
      best: from,
    };
  };
  const obey = (index: number, price: number): void => {
    if (leaves) leave(index, price, 'SIGNAL');
    else if (wanted !== null) enter(index, price);
  };
  const guard = (i: number): void => {
    const { side, stop: level, target: goal, trails } = held!;
    const [worst, best] = side > 0 ? [low[i], high[i]] : [high[i], low[i]];
    // A short is a long in a mirror.
    if (worst * side <= level * side)
      leave(i, side * Math.min(open[i] * side, level * side), trails ? 'TRAILING_STOP' : 'STOP_LOSS');
    else if (best * side >= goal * side) leave(i, side * Math.max(open[i] * side, goal * side), 'TAKE_PROFIT');
  };
  const follow = (i: number): void => {
    const position = held!;
    const { side } = position;
    const best = side > 0 ? high[i] : low[i];
    if (trail === null || best * side <= position.best * side) return;
    position.best = best;
    const level = best * (1 - side * trail);
    if (level * side > position.stop * side) Object.assign(position, { stop: level, trails: true });
  };
  const decide = (i: number): void => {
    const up = fast[i] > slow[i] && fast[i - 1] < slow[i - 1];
    const down = fast[i] < slow[i] && fast[i - 1] > slow[i - 1];
    if (held !== null) {
      const exit = rsiExit ?? Infinity;
      leaves = held.side > 0 ? down || strength[i] > exit : up || strength[i] < 100 - exit;
    } else if (up && strength[i] < options.rsiOverbought) wanted = { side: 1, close: close[i] };
    else if (options.shorts && down && strength[i] > options.rsiOversold) wanted = { side: -1, close: close[i] };
  };

  for (let i = 0; i < close.length; i++) {
    if (!atClose) obey(i, open[i]);
    if (held !== null) guard(i);
    if (held !== null) follow(i);
    const { side, quantity, price } = held ?? { side: 1, quantity: 0, price: 0 };
    equity.push(cash + quantity * (close[i] - price) * side);
    if (i < first) continue;
    decide(i);
    if (atClose && i < close.length - 1) obey(i, close[i]);
  }
  const rest = held as Held | null;
  return { trades, equity, open: rest && { entryIndex: rest.index, entryPrice: rest.price, quantity: rest.quantity } };
}
