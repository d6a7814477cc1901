import type { PeriodEnds } from './days.ts';

/** Results by UTC day or month, as columns; one row per period that has candles. */
export interface PeriodColumns {
  /** Start of the period, ms UTC. */
  readonly start: Float64Array;
  /** Equity at the period's last close. */
  readonly equity: Float64Array;
  /** Round trips closed within it. */
  readonly trades: Int32Array;
}

/** Results of one UTC day or month. */
export interface PeriodResult {
  readonly start: number;
  readonly equity: number;
  /** Change of equity since the period before, in quote currency; the first counts from the initial capital. */
  readonly pnl: number;
  /** The same in percent; null when the equity before was 0. */
  readonly returnPercent: number | null;
  readonly trades: number;
}

/** Results by day or month. @param equity at the ends of the periods @param exits the trades' exit times, ascending */
export function periodColumns(equity: Float64Array, start: Float64Array, exits: Float64Array): PeriodColumns {
  // Periods are shared between the runs of a search, results are not.
  const out = { start: start.slice(), equity, trades: new Int32Array(start.length) };
  let period = 0;
  for (let i = 0; i < exits.length; i++) {
    while (period + 1 < start.length && exits[i] >= start[period + 1]) period++;
    out.trades[period] += 1;
  }
  return out;
}

/** Start of the month after the one that holds a day, both as ms UTC. */
function nextMonth(day: number): number {
  const date = new Date(day);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}

/** Puts the days of a series together to months. */
export function monthEnds(days: PeriodEnds): PeriodEnds {
  const start: number[] = [];
  const end: number[] = [];
  for (let from = 0; from < days.start.length;) {
    const limit = nextMonth(days.start[from]);
    let to = Math.min(from + 28, days.start.length);
    while (to > from && days.start[to - 1] >= limit) to--;
    while (to < days.start.length && days.start[to] < limit) to++;
    const first = new Date(days.start[from]);
    start.push(Date.UTC(first.getUTCFullYear(), first.getUTCMonth(), 1));
    end.push(days.end[to - 1]);
    from = to;
  }
  return { start: Float64Array.from(start), end: Int32Array.from(end) };
}

/**
 * The rows of such columns, with each period's change of equity.
 * Source: CFA Institute, Global Investment Performance Standards, sub-period returns.
 */
export function periodResults(initialCapital: number, columns: PeriodColumns): PeriodResult[] {
  return Array.from(columns.start, (start, i) => {
    const before = i === 0 ? initialCapital : columns.equity[i - 1];
    const equity = columns.equity[i];
    const pnl = equity - before;
    return { start, equity, pnl, returnPercent: before > 0 ? (pnl / before) * 100 : null, trades: columns.trades[i] };
  });
}
