import type { Candles } from '../candle.ts';
import { checkPeriod, type Indicator, indicatorKey } from './indicator.ts';
import { lineOf, type LinesStream } from './lines.ts';
import { TrueRange } from './running/true-range.ts';
import { WilderMean } from './running/wilder.ts';

export const adxLines = ['adx', 'plusDi', 'minusDi'] as const;
export type AdxLine = (typeof adxLines)[number];

/**
 * Average directional index and the two directional indicators, 0 to 100. +DM is the rise of the high where that is positive and more than
 * the fall of the low, otherwise 0; −DM the other way round. +DI and −DI = 100 times the smoothed DM over the smoothed true range, from
 * index `period`; DX = 100·|+DI − −DI|/(+DI + −DI); adx = DX smoothed, from index 2·period − 1. All smoothing is Wilder's: the mean of the
 * first `period`, then (w·(period − 1) + x)/period. A DI without any range, and the DX without any direction, is 0.
 * Source: J. Welles Wilder, New Concepts in Technical Trading Systems (1978), section IV; TradingView `ta.dmi`. TA-Lib's `PLUS_DI`,
 * `MINUS_DI` and `ADX` differ while they are young: they seed the sums with one candle less.
 */
export function adx(period: number, line: AdxLine = 'adx'): Indicator {
  checkPeriod('ADX', period);
  return lineOf(
    {
      key: indicatorKey('ADX', 'close', period),
      warmUps: { adx: 2 * period - 1, plusDi: period, minusDi: period },
      batch(candles, { adx, plusDi, minusDi }) {
        const stream = new AdxStream(period);
        for (let i = 0; i < candles.openTime.length; i++) {
          stream.next(candles, i);
          if (adx !== undefined) adx[i] = stream.adx;
          if (plusDi !== undefined) plusDi[i] = stream.plusDi;
          if (minusDi !== undefined) minusDi[i] = stream.minusDi;
        }
      },
      stream: () => new AdxStream(period),
    },
    line,
  );
}

class AdxStream implements LinesStream<AdxLine> {
  readonly #trueRange = new TrueRange();
  readonly #range: WilderMean;
  readonly #plus: WilderMean;
  readonly #minus: WilderMean;
  readonly #strength: WilderMean;
  #high = Number.NaN;
  #low = Number.NaN;
  adx = Number.NaN;
  plusDi = Number.NaN;
  minusDi = Number.NaN;

  constructor(period: number) {
    this.#range = new WilderMean(period);
    this.#plus = new WilderMean(period);
    this.#minus = new WilderMean(period);
    this.#strength = new WilderMean(period);
  }

  next(candles: Candles, index: number): void {
    const rise = candles.high[index] - this.#high;
    const fall = this.#low - candles.low[index];
    this.#high = candles.high[index];
    this.#low = candles.low[index];
    const trueRange = this.#trueRange.next(candles, index);
    if (Number.isNaN(trueRange)) return;
    const range = this.#range.next(trueRange);
    const plus = this.#plus.next(rise > fall && rise > 0 ? rise : 0);
    const minus = this.#minus.next(fall > rise && fall > 0 ? fall : 0);
    if (Number.isNaN(range)) return;
    this.plusDi = range === 0 ? 0 : 100 * (plus / range);
    this.minusDi = range === 0 ? 0 : 100 * (minus / range);
    const both = this.plusDi + this.minusDi;
    this.adx = this.#strength.next(both === 0 ? 0 : 100 * (Math.abs(this.plusDi - this.minusDi) / both));
  }
}
