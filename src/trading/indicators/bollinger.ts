import type { Candles } from '../candle.ts';
import { checkFactor, checkPeriod, type Indicator, indicatorKey, type PriceSource } from './indicator.ts';
import { lineOf, type LinesStream } from './lines.ts';
import { momentColumns, RunningMoments } from './running/moments.ts';
import { giveBack, takeColumn } from './scratch.ts';

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
        const x = candles[source];
        const [means, squares] = [takeColumn(x.length), takeColumn(x.length)];
        momentColumns(x, period, means, squares);
        for (let i = 0; i < x.length; i++) {
          const mean = means[i];
          const away = deviations * Math.sqrt(squares[i] / period);
          if (upper !== undefined) upper[i] = mean + away;
          if (middle !== undefined) middle[i] = mean;
          if (lower !== undefined) lower[i] = mean - away;
          if (bandwidth !== undefined) bandwidth[i] = widthOf(mean, away);
          if (percentB !== undefined) percentB[i] = placeOf(x[i], mean, away);
        }
        giveBack([means, squares]);
      },
      stream: () => new BollingerStream(parameters, source),
    },
    line,
  );
}

function widthOf(mean: number, away: number): number {
  return mean === 0 ? 0 : (mean + away - (mean - away)) / mean;
}

function placeOf(x: number, mean: number, away: number): number {
  const lower = mean - away;
  const width = mean + away - lower;
  return width === 0 ? 0.5 : (x - lower) / width;
}

class BollingerStream implements LinesStream<BollingerLine> {
  readonly #parameters: BollingerParameters;
  readonly #source: PriceSource;
  readonly #moments: RunningMoments;
  readonly #mean = new Float64Array(1);
  readonly #squares = new Float64Array(1);
  upper = Number.NaN;
  middle = Number.NaN;
  lower = Number.NaN;
  bandwidth = Number.NaN;
  percentB = Number.NaN;

  constructor(parameters: BollingerParameters, source: PriceSource) {
    this.#parameters = parameters;
    this.#source = source;
    this.#moments = new RunningMoments(parameters.period);
  }

  next(candles: Candles, index: number): void {
    const x = candles[this.#source];
    this.#moments.take(x, index, index + 1, this.#mean, this.#squares, 0);
    const mean = this.#mean[0];
    const away = this.#parameters.deviations * Math.sqrt(this.#squares[0] / this.#parameters.period);
    this.upper = mean + away;
    this.middle = mean;
    this.lower = mean - away;
    this.bandwidth = widthOf(mean, away);
    this.percentB = placeOf(x[index], mean, away);
  }
}
