import type { Candles } from '../candle.ts';
import { ParameterError } from '../errors.ts';
import { checkPeriod, type Indicator, indicatorKey, type PriceSource } from './indicator.ts';
import { lineOf, type LinesStream } from './lines.ts';
import { RunningEma } from './running/ema.ts';

export interface MacdParameters {
  readonly fastPeriod: number;
  readonly slowPeriod: number;
  readonly signalPeriod: number;
}

export const macdLines = ['macd', 'signal', 'histogram'] as const;
export type MacdLine = (typeof macdLines)[number];

/**
 * Moving average convergence/divergence: macd = EMA(fast) − EMA(slow), from index slow − 1; signal = EMA(signal) of the macd, and
 * histogram = macd − signal, both from index slow + signal − 2.
 * Source: Gerald Appel; TradingView `ta.macd`. TA-Lib's `MACD` differs while it is young: there the fast EMA starts where the slow one does.
 * @throws ParameterError when a period is out of bounds or the fast one is not less than the slow one
 */
export function macd(parameters: MacdParameters, line: MacdLine = 'macd', source: PriceSource = 'close'): Indicator {
  const { fastPeriod, slowPeriod, signalPeriod } = parameters;
  for (const field of ['fastPeriod', 'slowPeriod', 'signalPeriod'] as const) checkPeriod('MACD', parameters[field], field);
  if (fastPeriod >= slowPeriod)
    throw new ParameterError(
      `the fastPeriod ${fastPeriod} of MACD must be less than its slowPeriod ${slowPeriod}`,
      ['fastPeriod'],
      { value: fastPeriod, limit: slowPeriod },
    );
  const whole = slowPeriod + signalPeriod - 2;
  return lineOf(
    {
      key: indicatorKey('MACD', source, fastPeriod, slowPeriod, signalPeriod),
      warmUps: { macd: slowPeriod - 1, signal: whole, histogram: whole },
      batch(candles, { macd, signal, histogram }) {
        const stream = new MacdStream(parameters, source);
        for (let i = 0; i < candles.openTime.length; i++) {
          stream.next(candles, i);
          if (macd !== undefined) macd[i] = stream.macd;
          if (signal !== undefined) signal[i] = stream.signal;
          if (histogram !== undefined) histogram[i] = stream.histogram;
        }
      },
      stream: () => new MacdStream(parameters, source),
    },
    line,
  );
}

class MacdStream implements LinesStream<MacdLine> {
  readonly #source: PriceSource;
  readonly #fast: RunningEma;
  readonly #slow: RunningEma;
  readonly #average: RunningEma;
  macd = Number.NaN;
  signal = Number.NaN;
  histogram = Number.NaN;

  constructor({ fastPeriod, slowPeriod, signalPeriod }: MacdParameters, source: PriceSource) {
    this.#source = source;
    this.#fast = new RunningEma(fastPeriod);
    this.#slow = new RunningEma(slowPeriod);
    this.#average = new RunningEma(signalPeriod);
  }

  next(candles: Candles, index: number): void {
    const x = candles[this.#source][index];
    this.macd = this.#fast.next(x) - this.#slow.next(x);
    if (Number.isNaN(this.macd)) return;
    this.signal = this.#average.next(this.macd);
    this.histogram = this.macd - this.signal;
  }
}
