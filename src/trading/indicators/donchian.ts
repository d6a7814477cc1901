import type { Candles } from '../candle.ts';
import { checkPeriod, type Indicator, indicatorKey } from './indicator.ts';
import { lineOf, type LinesStream } from './lines.ts';
import { extremeColumn, RunningExtreme } from './running/extreme.ts';

export const donchianLines = ['upper', 'middle', 'lower'] as const;
export type DonchianLine = (typeof donchianLines)[number];

/**
 * Donchian channel: upper = the highest high and lower = the lowest low of the last `period` candles, the current one included; middle =
 * halfway between. From index period − 1. A close can never leave the channel of its own candle: a breakout is measured against the value
 * one candle before.
 * Source: Richard Donchian; TA-Lib `MAX` of high and `MIN` of low, TradingView's Donchian Channels.
 */
export function donchian(period: number, line: DonchianLine = 'upper'): Indicator {
  checkPeriod('DONCHIAN', period);
  const warmUp = period - 1;
  return lineOf(
    {
      key: indicatorKey('DONCHIAN', 'close', period),
      warmUps: { upper: warmUp, middle: warmUp, lower: warmUp },
      batch(candles, { upper, middle, lower }) {
        if (upper !== undefined) extremeColumn(candles.high, period, 1, upper);
        if (lower !== undefined) extremeColumn(candles.low, period, -1, lower);
        if (middle === undefined) return;
        const stream = new DonchianStream(period);
        for (let i = 0; i < middle.length; i++) {
          stream.next(candles, i);
          middle[i] = stream.middle;
        }
      },
      stream: () => new DonchianStream(period),
    },
    line,
  );
}

class DonchianStream implements LinesStream<DonchianLine> {
  readonly #highest: RunningExtreme;
  readonly #lowest: RunningExtreme;
  upper = Number.NaN;
  middle = Number.NaN;
  lower = Number.NaN;

  constructor(period: number) {
    this.#highest = new RunningExtreme(period, 1);
    this.#lowest = new RunningExtreme(period, -1);
  }

  next(candles: Candles, index: number): void {
    this.upper = this.#highest.next(candles.high[index]);
    this.lower = this.#lowest.next(candles.low[index]);
    this.middle = (this.upper + this.lower) / 2;
  }
}
