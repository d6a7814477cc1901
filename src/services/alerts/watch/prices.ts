import type { Candle } from '../../../trading/candle.ts';
import type { AlertCondition, AlertState } from '../conditions.ts';
import { type Found, measured, type Verdict } from './verdict.ts';

/** Prices since the last look, and the one now. */
export interface Prices {
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

/**
 * What a candle says that was not known before. Its extremes count only if they came after the last look: a forming candle is told many times, and
 * what it had reached before an alert was made, or before it was ready again, is none of its business.
 * @param before the same candle or an older one as it stood at the last look; undefined after a restart
 * @param seen open time of the newest candle looked at, from the alert's state
 */
export function pricesSince(candle: Candle, before: Candle | undefined, seen: number | null): Prices {
  const { openTime, high, low, close } = candle;
  if (before?.openTime === openTime)
    return { high: high > before.high ? high : close, low: low < before.low ? low : close, close };
  return seen !== null && openTime > seen ? { high, low, close } : { high: close, low: close, close };
}

interface Terms {
  /** Percent of the price, or percentage points. */
  readonly hysteresis: number;
  readonly cooldownSeconds: number;
  /** "binance BTC/USDT". */
  readonly market: string;
}

/** Looks at a price that is waited for. @param at by the market's clock, in milliseconds */
export function priceVerdict(
  { direction, price }: Extract<AlertCondition, { kind: 'PRICE' }>,
  state: AlertState,
  prices: Prices,
  at: number,
  { hysteresis, cooldownSeconds, market }: Terms,
): Verdict {
  const level = Number(price);
  const upper = level * (1 + hysteresis / 100);
  const lower = level * (1 - hysteresis / 100);
  const found = (value: number, what: string): Found => ({
    at,
    value,
    botId: null,
    message: `${market} ${what} ${price}: it was ${value}`,
  });
  const { high, low, close } = prices;
  if (direction === 'ABOVE') {
    const isBack = hysteresis === 0 ? close < level : close <= lower;
    return measured(state, high >= level ? found(high, 'is at or above') : null, isBack, cooldownSeconds);
  }
  if (direction === 'BELOW') {
    const isBack = hysteresis === 0 ? close > level : close >= upper;
    return measured(state, low <= level ? found(low, 'is at or below') : null, isBack, cooldownSeconds);
  }
  const { side } = state;
  if (side === undefined) return { state: { ...state, side: close >= level ? 1 : -1 }, finding: null };
  // It has to come so far beyond, on the other side, as the hysteresis asks once it has triggered.
  const isFirst = state.lastAt === null;
  const crossed = side < 0 ? high >= (isFirst ? level : upper) : low <= (isFirst ? level : lower);
  if (!crossed) return { state, finding: null };
  const what = side < 0 ? found(high, 'has risen through') : found(low, 'has fallen through');
  const { state: after, finding } = measured({ ...state, isArmed: true }, what, false, cooldownSeconds);
  return { state: { ...after, isArmed: true, side: side < 0 ? 1 : -1 }, finding };
}

/** Looks at how far the price has moved within a window. @param candles those of the window, without the one that is looked at */
export function moveVerdict(
  { direction, percent, windowSeconds }: Extract<AlertCondition, { kind: 'MOVE' }>,
  state: AlertState,
  candles: readonly Candle[],
  prices: Prices,
  at: number,
  { hysteresis, cooldownSeconds, market }: Terms,
): Verdict {
  let lowest = prices.low;
  let highest = prices.high;
  for (const { openTime, low, high } of candles) {
    if (openTime < at - windowSeconds * 1000) continue;
    if (low < lowest) lowest = low;
    if (high > highest) highest = high;
  }
  const rise = (100 * (prices.close - lowest)) / lowest;
  const fall = (100 * (highest - prices.close)) / highest;
  const isRise = direction === 'RISE' || (direction === 'EITHER' && rise >= fall);
  const moved = isRise ? rise : fall;
  const level = Number(percent);
  const isBack = hysteresis === 0 ? moved < level : moved <= level - hysteresis;
  if (moved < level) return measured(state, null, isBack, cooldownSeconds);
  const from = isRise ? lowest : highest;
  const message = `${market} has ${isRise ? 'risen' : 'fallen'} by ${moved.toFixed(2)} % from ${from} to ${prices.close}`;
  return measured(state, { at, value: Number(moved.toFixed(6)), botId: null, message }, isBack, cooldownSeconds);
}
