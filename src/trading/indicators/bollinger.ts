import type { Candles } from '../candle.ts';
import { checkFactor, checkPeriod, type Indicator, indicatorKey, type PriceSource } from './indicator.ts';
import { lineOf, type LinesStream } from './lines.ts';
import { RunningMoments } from './running/moments.ts';

export interface BollingerParameters {
  readonly period: number;
  /** How many standard deviations the bands are away from the middle. */
  readonly deviations: number;
}

export const bollingerLines = ['upper', 'middle', 'lower', 'bandwidth', 'percentB'] as const;
export type BollingerLine = (typeof bollingerLines)[number];

/**
 * Bollinger bands: middle = the mean of the last `period` values, upper and lower = middle ± deviations·σ, where σ is the standard deviation
 * of the population of these values; bandwidth = (upper − lower)/middle, a fraction, 0 where the middle is 0; percentB =
 * (x − lower)/(upper − lower), 0 at the lower and 1 at the upper band, 0.5 where they are one. All from index period − 1. Where all values
 * are equal the bands are exactly that value.
 * Source: John Bollinger, Bollinger on Bollinger Bands (2001); TA-Lib `BBANDS`, TradingView `ta.bb`. TradingView shows the bandwidth times 100.
 */
export function bollinger(
  parameters: BollingerParameters,
  line: BollingerLine = 'upper',
  source: PriceSource = 'close',
): Indicator {
  const { period, deviations } = parameters;
  checkPeriod('BOLLINGER', period);
  checkFactor('BOLLINGER', deviations, 'deviations');
  const warmUp = period - 1;
  return lineOf(
    {
      key: indicatorKey('BOLLINGER', source, period, deviations),
      warmUps: { upper: warmUp, middle: warmUp, lower: warmUp, bandwidth: warmUp, percentB: warmUp },
      batch(candles, { upper, middle, lower, bandwidth, percentB }) {
        const stream = new BollingerStream(parameters, source);
        for (let i = 0; i < candles.openTime.length; i++) {
          stream.next(candles, i);
          if (upper !== undefined) upper[i] = stream.upper;
          if (middle !== undefined) middle[i] = stream.middle;
          if (lower !== undefined) lower[i] = stream.lower;
          if (bandwidth !== undefined) bandwidth[i] = stream.bandwidth;
          if (percentB !== undefined) percentB[i] = stream.percentB;
        }
      },
      stream: () => new BollingerStream(parameters, source),
    },
    line,
  );
}

class BollingerStream implements LinesStream<BollingerLine> {
  readonly #source: PriceSource;
  readonly #deviations: number;
  readonly #share: number;
  readonly #moments: RunningMoments;
  upper = Number.NaN;
  middle = Number.NaN;
  lower = Number.NaN;
  #x = Number.NaN;

  constructor({ period, deviations }: BollingerParameters, source: PriceSource) {
    this.#source = source;
    this.#deviations = deviations;
    this.#share = 1 / period;
    this.#moments = new RunningMoments(period);
  }

  next(candles: Candles, index: number): void {
    this.#x = candles[this.#source][index];
    this.#moments.next(this.#x);
    const { mean, squares } = this.#moments;
    const away = this.#deviations * Math.sqrt(squares * this.#share);
    this.middle = mean;
    this.upper = mean + away;
    this.lower = mean - away;
  }

  get bandwidth(): number {
    return this.middle === 0 ? 0 : (this.upper - this.lower) / this.middle;
  }

  get percentB(): number {
    const width = this.upper - this.lower;
    return width === 0 ? 0.5 : (this.#x - this.lower) / width;
  }
}
