import type { Candles } from '../candle.ts';
import { checkPeriod, type Indicator, indicatorKey } from './indicator.ts';
import { lineOf, type LinesStream } from './lines.ts';
import { RunningExtreme } from './running/extreme.ts';
import { RunningSum } from './running/sum.ts';

export interface StochasticParameters {
  readonly kPeriod: number;
  /** Candles %K is averaged over: 3 is the slow stochastic, 1 the fast one. */
  readonly kSmoothing: number;
  readonly dPeriod: number;
}

export const stochasticLines = ['k', 'd'] as const;
export type StochasticLine = (typeof stochasticLines)[number];

/**
 * Stochastic oscillator, 0 to 100: where the close lies between the lowest low and the highest high of the last `kPeriod` candles, 50 where
 * they are one. k = the mean of the last `kSmoothing` of that, from index kPeriod + kSmoothing − 2; d = the mean of the last `dPeriod` k,
 * from dPeriod − 1 candles later.
 * Source: George Lane; TA-Lib `STOCH` with simple averages, TradingView's Stochastic. TA-Lib gives 0 where high and low are one.
 */
export function stochastic(parameters: StochasticParameters, line: StochasticLine = 'k'): Indicator {
  const { kPeriod, kSmoothing, dPeriod } = parameters;
  for (const field of ['kPeriod', 'kSmoothing', 'dPeriod'] as const) checkPeriod('STOCHASTIC', parameters[field], field);
  const warmUp = kPeriod + kSmoothing - 2;
  return lineOf(
    {
      key: indicatorKey('STOCHASTIC', 'close', kPeriod, kSmoothing, dPeriod),
      warmUps: { k: warmUp, d: warmUp + dPeriod - 1 },
      batch(candles, { k, d }) {
        const stream = new StochasticStream(parameters);
        for (let i = 0; i < candles.openTime.length; i++) {
          stream.next(candles, i);
          if (k !== undefined) k[i] = stream.k;
          if (d !== undefined) d[i] = stream.d;
        }
      },
      stream: () => new StochasticStream(parameters),
    },
    line,
  );
}

class StochasticStream implements LinesStream<StochasticLine> {
  readonly #highest: RunningExtreme;
  readonly #lowest: RunningExtreme;
  readonly #kSmoothing: number;
  readonly #dPeriod: number;
  readonly #kSum: RunningSum;
  readonly #dSum: RunningSum;
  k = Number.NaN;
  d = Number.NaN;

  constructor({ kPeriod, kSmoothing, dPeriod }: StochasticParameters) {
    this.#highest = new RunningExtreme(kPeriod, 1);
    this.#lowest = new RunningExtreme(kPeriod, -1);
    this.#kSmoothing = kSmoothing;
    this.#dPeriod = dPeriod;
    this.#kSum = new RunningSum(kSmoothing);
    this.#dSum = new RunningSum(dPeriod);
  }

  next(candles: Candles, index: number): void {
    const highest = this.#highest.next(candles.high[index]);
    const lowest = this.#lowest.next(candles.low[index]);
    if (Number.isNaN(highest)) return;
    const place = highest === lowest ? 50 : 100 * ((candles.close[index] - lowest) / (highest - lowest));
    this.k = this.#kSum.next(place) / this.#kSmoothing;
    if (!Number.isNaN(this.k)) this.d = this.#dSum.next(this.k) / this.#dPeriod;
  }
}
