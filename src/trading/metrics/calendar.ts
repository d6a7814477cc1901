import { dayEnds, type PeriodEnds } from './days.ts';
import { monthEnds } from './periods.ts';

/** Where the UTC days and months of a series end: the same for every run on it. */
export interface Calendar {
  readonly days: PeriodEnds;
  readonly months: PeriodEnds;
}

/** Cuts a series into days and months by the candles' open times. */
export function calendarOf(openTime: Float64Array): Calendar {
  const days = dayEnds(openTime);
  return { days, months: monthEnds(days) };
}
