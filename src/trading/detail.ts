import type { Candles } from './candle.ts';
import { ParameterError } from './errors.ts';
import { checkCandles } from './quality.ts';
import { type Timeframe, timeframeMs, timeframeText } from './timeframe.ts';

/** Candles of a finer timeframe over the same market and time: they decide what a coarse candle leaves open. */
export interface Detail {
  readonly candles: Candles;
  readonly timeframe: Timeframe;
}

/**
 * Checks that fine candles can stand for coarse ones.
 * @throws ParameterError when there are none, when they are not finer, or when one of them cannot be
 */
export function checkDetail(detail: Detail | undefined, timeframe: Timeframe): Detail {
  if (detail === undefined) throw new ParameterError('fillModel DETAIL needs candles of a finer timeframe in detail', ['detail']);
  const [fine, coarse] = [timeframeMs(detail.timeframe), timeframeMs(timeframe)];
  if (fine >= coarse || coarse % fine !== 0)
    throw new ParameterError(
      `detail candles of ${timeframeText(detail.timeframe)} do not divide candles of ${timeframeText(timeframe)}`,
      ['detail', 'timeframe'],
      { value: detail.timeframe, limit: timeframe },
    );
  try {
    checkCandles(detail.candles, detail.timeframe);
  } catch (error) {
    if (error instanceof ParameterError)
      throw new ParameterError(`detail: ${error.message}`, ['detail', ...error.path], error.details);
    throw error;
  }
  return detail;
}

/** Finds the fine candles of one coarse candle after another; the coarse ones are asked for in order. */
export class DetailCursor {
  readonly candles: Candles;
  readonly #coarseMs: number;
  #place = 0;

  constructor(candles: Candles, timeframe: Timeframe) {
    this.candles = candles;
    this.#coarseMs = timeframeMs(timeframe);
  }

  /** Index of the first fine candle within the coarse candle that opens at `time`. */
  from(time: number): number {
    const { openTime } = this.candles;
    let low = this.#place;
    let high = openTime.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (openTime[middle] < time) low = middle + 1;
      else high = middle;
    }
    this.#place = low;
    return low;
  }

  /** Whether the fine candle at `index` still lies within the coarse candle that opens at `time`. */
  within(index: number, time: number): boolean {
    return index < this.candles.openTime.length && this.candles.openTime[index] < time + this.#coarseMs;
  }
}
