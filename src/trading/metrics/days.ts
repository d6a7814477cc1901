const dayMs = 86_400_000;

/** The closes at which UTC days end in a series. */
export interface DayEnds {
  /** Start of each day that has candles, ms UTC. */
  readonly start: Float64Array;
  /** Index of the last candle of each of those days. */
  readonly end: Int32Array;
}

/** First index after `from` whose time is `limit` or later; gallops, because days have about the same number of candles. */
function endOfDay(openTime: Float64Array, from: number, limit: number, guess: number): number {
  let low = from;
  let step = Math.max(1, guess);
  while (low + step < openTime.length && openTime[low + step] < limit) {
    low += step;
    step *= 2;
  }
  let high = Math.min(low + step, openTime.length);
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (openTime[middle] < limit) low = middle;
    else high = middle;
  }
  return high;
}

/** Cuts a series into UTC days by the candles' open times. */
export function dayEnds(openTime: Float64Array): DayEnds {
  const starts: number[] = [];
  const ends: number[] = [];
  let from = 0;
  let guess = 1;
  while (from < openTime.length) {
    const day = Math.floor(openTime[from] / dayMs) * dayMs;
    const next = endOfDay(openTime, from, day + dayMs, guess);
    starts.push(day);
    ends.push(next - 1);
    guess = next - from - 1;
    from = next;
  }
  return { start: Float64Array.from(starts), end: Int32Array.from(ends) };
}

/**
 * Trading days of a year: 365 where weekends trade, else 252. A market that is closed at weekends but opens on Sunday evening has few
 * weekend candles, so their share decides: above 0.6 of the even share of 2/7.
 * Source: backtesting.py 0.6, `_stats.py`.
 */
export function annualDays(days: DayEnds): 365 | 252 {
  let weekend = 0;
  let before = -1;
  for (let i = 0; i < days.end.length; i++) {
    const weekday = (Math.floor(days.start[i] / dayMs) + 4) % 7;
    if (weekday === 0 || weekday === 6) weekend += days.end[i] - before;
    before = days.end[i];
  }
  return weekend > (before + 1) * (2 / 7) * 0.6 ? 365 : 252;
}

/** Equity at the start and at each day's last close: what daily returns are taken from. */
export function dailyEquity(initialCapital: number, equity: Float64Array, days: DayEnds): Float64Array {
  const out = new Float64Array(days.end.length + 1);
  out[0] = initialCapital;
  for (let i = 0; i < days.end.length; i++) out[i + 1] = equity[days.end[i]];
  return out;
}

/** Change of each value from the one before it, as a fraction. */
export function returnsOf(values: Float64Array): Float64Array {
  const out = new Float64Array(Math.max(0, values.length - 1));
  for (let i = 0; i < out.length; i++) out[i] = values[i + 1] / values[i] - 1;
  return out;
}
