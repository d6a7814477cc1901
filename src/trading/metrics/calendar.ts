import { annualDays, dayEnds, type PeriodEnds } from './days.ts';
import { monthEnds } from './periods.ts';

/** Where a series' UTC days, or months, end, and its closes there. */
export interface Periods extends PeriodEnds {
  readonly closes: Float64Array;
}

/** Where the UTC days and months of a series end: the same for every run on it. */
export interface Calendar {
  readonly days: Periods;
  readonly months: Periods;
  /** Trading days of a year, by whether weekends trade; weeks, of weekly candles. */
  readonly annualDays: 365 | 252 | 52;
}

/** Cuts a series into days and months by the candles' open times. */
export function calendarOf(openTime: Float64Array, close: Float64Array): Calendar {
  const days = dayEnds(openTime);
  return { days: withCloses(days, close), months: withCloses(monthEnds(days), close), annualDays: annualDays(days) };
}

function withCloses({ start, end }: PeriodEnds, close: Float64Array): Periods {
  // A loop: `from` walks by an iterator, which takes longer than a day's candles do.
  const closes = new Float64Array(end.length);
  for (let i = 0; i < end.length; i++) closes[i] = close[end[i]];
  return { start, end, closes };
}
