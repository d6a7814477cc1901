import type { Candles } from '../candle.ts';
import { atr, AtrStream } from './atr.ts';
import { checkFactor, checkPeriod, type Indicator, indicatorKey } from './indicator.ts';
import { lineOf, type LinesStream } from './lines.ts';
import { giveBack, takeColumn } from './scratch.ts';

export interface SupertrendParameters {
  /** Period of the ATR. */
  readonly period: number;
  /** How many average true ranges the line keeps away from the middle of the candle. */
  readonly multiplier: number;
}

export const supertrendLines = ['line', 'direction'] as const;
export type SupertrendLine = (typeof supertrendLines)[number];

/**
 * SuperTrend. Bands at (high + low)/2 ± multiplier·ATR(period); the lower one only rises until a close is below it, the upper one only
 * falls until a close is above it. direction = 1 (up) or −1 (down): it turns up when the close is above the upper band, down when it is
 * below the lower one; line = the lower band in an up trend, the upper band in a down trend. From index `period`, where the trend counts as
 * down, as on TradingView.
 * Source: Olivier Seban; TradingView `ta.supertrend`, whose direction has the other sign, and whose ATR starts one candle earlier.
 */
export function supertrend(parameters: SupertrendParameters, line: SupertrendLine = 'line'): Indicator {
  const { period, multiplier } = parameters;
  checkPeriod('SUPERTREND', period);
  checkFactor('SUPERTREND', multiplier, 'multiplier');
  const range = atr(period);
  return lineOf(
    {
      key: indicatorKey('SUPERTREND', 'close', period, multiplier),
      warmUps: { line: period, direction: period },
      batch(candles, { line, direction }) {
        const { high, low, close } = candles;
        const n = close.length;
        const ranges = takeColumn(n);
        range.batch(candles, ranges);
        line?.fill(Number.NaN, 0, Math.min(period, n));
        direction?.fill(Number.NaN, 0, Math.min(period, n));
        let upper = Number.POSITIVE_INFINITY;
        let lower = Number.NEGATIVE_INFINITY;
        let before = Number.NaN;
        let rises = false;
        for (let i = period; i < n; i++) {
          const away = multiplier * ranges[i];
          const middle = (high[i] + low[i]) / 2;
          const now = close[i];
          if (middle - away > lower || before < lower) lower = middle - away;
          if (middle + away < upper || before > upper) upper = middle + away;
          rises = rises ? now >= lower : i > period && now > upper;
          before = now;
          if (line !== undefined) line[i] = rises ? lower : upper;
          if (direction !== undefined) direction[i] = rises ? 1 : -1;
        }
        giveBack([ranges]);
      },
      stream: () => new SupertrendStream(parameters),
    },
    line,
  );
}

class SupertrendStream implements LinesStream<SupertrendLine> {
  readonly #range: AtrStream;
  readonly #multiplier: number;
  #upper = Number.POSITIVE_INFINITY;
  #lower = Number.NEGATIVE_INFINITY;
  #close = Number.NaN;
  line = Number.NaN;
  direction = Number.NaN;

  constructor({ period, multiplier }: SupertrendParameters) {
    this.#range = new AtrStream(period);
    this.#multiplier = multiplier;
  }

  next(candles: Candles, index: number): void {
    const away = this.#multiplier * this.#range.next(candles, index);
    if (Number.isNaN(away)) return;
    const middle = (candles.high[index] + candles.low[index]) / 2;
    const close = candles.close[index];
    const lower = middle - away;
    const upper = middle + away;
    if (lower > this.#lower || this.#close < this.#lower) this.#lower = lower;
    if (upper < this.#upper || this.#close > this.#upper) this.#upper = upper;
    if (Number.isNaN(this.direction)) this.direction = -1;
    else if (this.direction < 0) this.direction = close > this.#upper ? 1 : -1;
    else this.direction = close < this.#lower ? -1 : 1;
    this.line = this.direction > 0 ? this.#lower : this.#upper;
    this.#close = close;
  }
}
