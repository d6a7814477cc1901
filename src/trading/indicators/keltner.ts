import type { Candles } from '../candle.ts';
import { AtrStream } from './atr.ts';
import { checkFactor, checkPeriod, type Indicator, indicatorKey } from './indicator.ts';
import { lineOf, type LinesStream } from './lines.ts';
import { RunningEma } from './running/ema.ts';

export interface KeltnerParameters {
  readonly period: number;
  /** How many average true ranges the bands are away from the middle. */
  readonly multiplier: number;
  readonly atrPeriod: number;
}

export const keltnerLines = ['upper', 'middle', 'lower'] as const;
export type KeltnerLine = (typeof keltnerLines)[number];

/**
 * Keltner channel: middle = EMA(period) of the close, from index period − 1; upper and lower = middle ± multiplier·ATR(atrPeriod), once
 * there is both.
 * Source: Linda Bradford Raschke's form of Chester Keltner's channel; TradingView's Keltner Channels. Keltner's own (1960) has a simple
 * average of the typical price, ± the average of high − low.
 */
export function keltner(parameters: KeltnerParameters, line: KeltnerLine = 'upper'): Indicator {
  const { period, multiplier, atrPeriod } = parameters;
  checkPeriod('KELTNER', period);
  checkPeriod('KELTNER', atrPeriod, 'atrPeriod');
  checkFactor('KELTNER', multiplier, 'multiplier');
  const both = Math.max(period - 1, atrPeriod);
  return lineOf(
    {
      key: indicatorKey('KELTNER', 'close', period, multiplier, atrPeriod),
      warmUps: { upper: both, middle: period - 1, lower: both },
      batch(candles, { upper, middle, lower }) {
        const stream = new KeltnerStream(parameters);
        for (let i = 0; i < candles.openTime.length; i++) {
          stream.next(candles, i);
          if (upper !== undefined) upper[i] = stream.upper;
          if (middle !== undefined) middle[i] = stream.middle;
          if (lower !== undefined) lower[i] = stream.lower;
        }
      },
      stream: () => new KeltnerStream(parameters),
    },
    line,
  );
}

class KeltnerStream implements LinesStream<KeltnerLine> {
  readonly #average: RunningEma;
  readonly #range: AtrStream;
  readonly #multiplier: number;
  upper = Number.NaN;
  middle = Number.NaN;
  lower = Number.NaN;

  constructor({ period, multiplier, atrPeriod }: KeltnerParameters) {
    this.#average = new RunningEma(period);
    this.#range = new AtrStream(atrPeriod);
    this.#multiplier = multiplier;
  }

  next(candles: Candles, index: number): void {
    const away = this.#multiplier * this.#range.next(candles, index);
    this.middle = this.#average.next(candles.close[index]);
    this.upper = this.middle + away;
    this.lower = this.middle - away;
  }
}
