const dayMs = 86_400_000;

/** The closes at which UTC days, or months, end in a series. */
export interface PeriodEnds {
  /** Start of each of them that has candles, ms UTC. */
  readonly start: Float64Array;
  /** Index of the last candle of each of those. */
  readonly end: Int32Array;
}

/** First index after `from` whose time is `limit` or later; begins where the day before ended, because most days are equally long. */
function endOfDay(openTime: Float64Array, from: number, limit: number, guess: number): number {
  const there = from + guess;
  let low = there < openTime.length && openTime[there] < limit ? there : from;
  let step = 1;
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
export function dayEnds(openTime: Float64Array): PeriodEnds {
  const n = openTime.length;
  const most = n === 0 ? 0 : Math.min(n, Math.floor(openTime[n - 1] / dayMs) - Math.floor(openTime[0] / dayMs) + 1);
  const start = new Float64Array(most);
  const end = new Int32Array(most);
  let count = 0;
  let from = 0;
  let guess = 0;
  while (from < n) {
    const day = Math.floor(openTime[from] / dayMs) * dayMs;
    const next = endOfDay(openTime, from, day + dayMs, guess);
    start[count] = day;
    end[count] = next - 1;
    count += 1;
    guess = next - from - 1;
    from = next;
  }
  return { start: start.subarray(0, count), end: end.subarray(0, count) };
}

/**
 * Trading days of a year: 365 where weekends trade, else 252. A market that is closed at weekends but opens on Sunday evening has few
 * weekend candles, so their share decides: above 0.6 of the even share of 2/7. Weekly candles give one return a week: 52.
 * Source: backtesting.py 0.6, `_stats.py`.
 */
export function annualDays(days: PeriodEnds): 365 | 252 | 52 {
  let weekend = 0;
  let before = -1;
  let isWeekly = days.end.length > 1;
  for (let i = 0; i < days.end.length; i++) {
    const candles = days.end[i] - before;
    const weekday = (Math.floor(days.start[i] / dayMs) + 4) % 7;
    if (weekday === 0 || weekday === 6) weekend += candles;
    if (candles > 1 || (i > 0 && days.start[i] - days.start[i - 1] < 7 * dayMs)) isWeekly = false;
    before = days.end[i];
  }
  if (isWeekly) return 52;
  return weekend > (before + 1) * (2 / 7) * 0.6 ? 365 : 252;
}

/** Equity at the start and at each day's last close: what daily returns are taken from. @param ends the latter */
export function dailyEquity(initialCapital: number, ends: Float64Array): Float64Array {
  const out = new Float64Array(ends.length + 1);
  out[0] = initialCapital;
  out.set(ends, 1);
  return out;
}

/**
 * Daily returns as fractions, from the equity at the start and at each day's end; null when equity was gone (under a 1e-12th of the
 * first) before the last day: a return on nothing means nothing.
 */
export function dailyReturns(daily: Float64Array): Float64Array | null {
  const out = new Float64Array(Math.max(0, daily.length - 1));
  for (let i = 0; i < out.length; i++) {
    if (!(daily[i] > daily[0] * 1e-12)) return null;
    out[i] = daily[i + 1] / daily[i] - 1;
  }
  return out;
}
