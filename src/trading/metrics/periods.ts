import type { DayEnds } from './days.ts';

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

/** @param exits the trades' exit times, ascending */
function columnsOf(equity: Float64Array, start: Float64Array, end: Int32Array, exits: Float64Array): PeriodColumns {
  const out = { start, equity: new Float64Array(start.length), trades: new Int32Array(start.length) };
  let exit = 0;
  for (let i = 0; i < start.length; i++) {
    out.equity[i] = equity[end[i]];
    const next = i + 1 < start.length ? start[i + 1] : Infinity;
    const first = exit;
    while (exit < exits.length && exits[exit] < next) exit++;
    out.trades[i] = exit - first;
  }
  return out;
}

/** Results by day. `exits`: the trades' exit times, ascending. */
export function dailyColumns(equity: Float64Array, days: DayEnds, exits: Float64Array): PeriodColumns {
  return columnsOf(equity, days.start, days.end, exits);
}

/** Results by month. `exits`: the trades' exit times, ascending. */
export function monthlyColumns(equity: Float64Array, days: DayEnds, exits: Float64Array): PeriodColumns {
  const start: number[] = [];
  const end: number[] = [];
  let next = -Infinity;
  for (let i = 0; i < days.start.length; i++) {
    if (days.start[i] >= next) {
      const date = new Date(days.start[i]);
      start.push(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1));
      next = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
    }
    end[start.length - 1] = days.end[i];
  }
  return columnsOf(equity, Float64Array.from(start), Int32Array.from(end), exits);
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
