import type { Candle, Candles } from './candle.ts';
import { candlesOf } from './series.ts';
import { openTimeAt, type Timeframe, timeframeMs } from './timeframe.ts';

/**
 * One candle grown from smaller ones: first open, highest high, lowest low, last close. The volume is summed with Neumaier's compensation
 * and shown with 15 significant digits, so it is the decimal sum of the parts (10 × 0.1 is 1) in whatever pieces it was added.
 */
export class CandleBuilder {
  readonly openTime: number;
  private open = 0;
  private high = Number.NEGATIVE_INFINITY;
  private low = Number.POSITIVE_INFINITY;
  private close = 0;
  private volume = 0;
  private lost = 0;
  private parts = 0;

  /** @param openTime of the candle to be built, ms UTC */
  constructor(openTime: number) {
    this.openTime = openTime;
  }

  /** How many candles went in. */
  get count(): number {
    return this.parts;
  }

  /** Adds the next smaller candle; they must come in ascending order. */
  add(open: number, high: number, low: number, close: number, volume: number): void {
    if (this.parts++ === 0) this.open = open;
    if (high > this.high) this.high = high;
    if (low < this.low) this.low = low;
    this.close = close;
    const sum = this.volume + volume;
    this.lost += Math.abs(this.volume) >= Math.abs(volume) ? this.volume - sum + volume : volume - sum + this.volume;
    this.volume = sum;
  }

  addCandle(candle: Candle): void {
    this.add(candle.open, candle.high, candle.low, candle.close, candle.volume);
  }

  /** The candle so far; meaningless before the first part. */
  candle(): Candle {
    return {
      openTime: this.openTime,
      open: this.open,
      high: this.high,
      low: this.low,
      close: this.close,
      volume: fifteenDigits(this.volume + this.lost),
    };
  }

  /** What the candle would be with one more part, leaving this builder as it is. */
  with(part: Candle): Candle {
    const first = this.parts === 0;
    return {
      openTime: this.openTime,
      open: first ? part.open : this.open,
      high: Math.max(this.high, part.high),
      low: Math.min(this.low, part.low),
      close: part.close,
      volume: fifteenDigits(this.volume + this.lost + part.volume),
    };
  }
}

function fifteenDigits(value: number): number {
  return Number(value.toPrecision(15));
}

/** A series of a longer timeframe, and the candles of it that lack some of their parts. */
export interface Resampled {
  readonly candles: Candles;
  /** Open times of candles inside the series that were built although parts of them are missing. */
  readonly incomplete: readonly number[];
}

/**
 * Builds candles of a longer timeframe from a series of a shorter one. The first and the last are left out when the series does not
 * cover them from end to end, because they would change; one inside the series that lacks parts is built from what there is, and named.
 * @throws RangeError when `to` is not a whole multiple of `from`
 */
export function resample(candles: Candles, from: Timeframe, to: Timeframe): Resampled {
  const step = timeframeMs(from);
  const parts = timeframeMs(to) / step;
  if (!Number.isInteger(parts)) throw new RangeError(`${to} candles cannot be built from ${from} candles`);
  const builders: CandleBuilder[] = [];
  for (let i = 0; i < candles.openTime.length; i++) {
    const bucket = openTimeAt(to, candles.openTime[i]);
    let builder = builders.at(-1);
    if (builder?.openTime !== bucket) builders.push((builder = new CandleBuilder(bucket)));
    builder.add(candles.open[i], candles.high[i], candles.low[i], candles.close[i], candles.volume[i]);
  }
  const first = builders[0];
  if (first && candles.openTime[0] !== first.openTime) builders.shift();
  const last = builders.at(-1);
  if (last && candles.openTime.at(-1) !== last.openTime + (parts - 1) * step) builders.pop();
  return {
    candles: candlesOf(builders.map((builder) => builder.candle())),
    incomplete: builders.filter((builder) => builder.count < parts).map((builder) => builder.openTime),
  };
}
