import type { Candles } from './candle.ts';
import { ParameterError } from './errors.ts';
import { type Timeframe, timeframeMs } from './timeframe.ts';

/** Candles that are missing between two that are there. */
export interface Gap {
  /** Open time of the first missing candle. */
  readonly from: number;
  /** Open time of the candle after the gap. */
  readonly to: number;
  readonly missing: number;
}

export interface GapReport {
  /** The first `maxGaps` gaps, in order. */
  readonly gaps: readonly Gap[];
  /** Missing candles in all gaps. */
  readonly missing: number;
}

/** Prices and volumes between these cannot overflow a double in any product or ratio that the core forms; no market is near them. */
export const priceBounds = { lowest: 1e-12, highest: 1e12, mostVolume: 1e20 } as const;

/** Gaps listed at the most; beyond that they are only counted. */
export const maxGaps = 1_000;

const { lowest, highest, mostVolume } = priceBounds;

const when = (time: number): string => (Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : String(time));

function badCandle(candles: Candles, index: number): ParameterError {
  const [open, high, low, close, volume] = [candles.open, candles.high, candles.low, candles.close, candles.volume].map(
    (c) => c[index],
  );
  const at = `candle ${index} of ${when(candles.openTime[index])}`;
  const fail = (column: string, message: string, value: number): ParameterError =>
    new ParameterError(`${at}: ${message}`, ['candles', column, String(index)], { value });
  for (const [column, value] of Object.entries({ open, high, low, close }))
    if (!(value >= lowest && value <= highest))
      return fail(column, `${column} must be a price from ${lowest} to ${highest}, not ${value}`, value);
  if (!(volume >= 0 && volume <= mostVolume))
    return fail('volume', `volume must be from 0 to ${mostVolume}, not ${volume}`, volume);
  if (!(high >= open && high >= close)) return fail('high', `high ${high} is below open ${open} or close ${close}`, high);
  if (!(low <= open && low <= close)) return fail('low', `low ${low} is above open ${open} or close ${close}`, low);
  const [before, time] = [candles.openTime[index - 1], candles.openTime[index]];
  return fail('openTime', `its time must come after the candle before it (${when(before)})`, time);
}

/**
 * Looks through candles before a run: every one must be possible, in order and alone in its time.
 * @returns what is missing between the first and the last, by the timeframe
 * @throws ParameterError with the column and index of the first bad candle
 */
export function checkCandles(candles: Candles, timeframe: Timeframe): GapReport {
  const { openTime, open, high, low, close, volume } = candles;
  const n = openTime.length;
  for (const [column, values] of Object.entries(candles))
    if (!(values instanceof Float64Array) || values.length !== n)
      throw new ParameterError(`the candle column ${column} must be a Float64Array of the ${n} values that openTime has`, [
        'candles',
        column,
      ]);
  if (n < 2)
    throw new ParameterError(
      `${n === 0 ? 'there are no candles' : 'there is 1 candle'} to run on; at least 2 are needed`,
      ['candles'],
      {
        value: n,
        limit: 2,
      },
    );
  const step = timeframeMs(timeframe);
  const gaps: Gap[] = [];
  let missing = 0;
  let before = openTime[0] - step;
  if (!Number.isFinite(before)) throw badCandle(candles, 0);
  // Three loops are faster than one over six columns. Conditions are written so that a NaN fails them.
  for (let i = 0; i < n; i++) {
    const o = open[i];
    const h = high[i];
    const l = low[i];
    const c = close[i];
    if (!(l >= lowest && l <= o && l <= c && h >= o && h >= c && h <= highest)) throw badCandle(candles, i);
  }
  for (let i = 0; i < n; i++) {
    const v = volume[i];
    if (!(v >= 0 && v <= mostVolume)) throw badCandle(candles, i);
  }
  for (let i = 0; i < n; i++) {
    const time = openTime[i];
    if (time - before !== step) {
      const lost = Math.ceil((time - before) / step) - 1;
      if (!(time > before && lost < Infinity)) throw badCandle(candles, i);
      if (lost > 0) {
        missing += lost;
        if (gaps.length < maxGaps) gaps.push({ from: before + step, to: time, missing: lost });
      }
    }
    before = time;
  }
  return { gaps, missing };
}
