import type { DayEnds } from './days.ts';

/** Results of one UTC day or month. */
export interface PeriodResult {
  /** Start of the period, ms UTC. */
  readonly start: number;
  /** Equity at the period's last close. */
  readonly equity: number;
  /** Change of equity since the period before, in quote currency. */
  readonly pnl: number;
  /** The same in percent; null when the equity before was 0. */
  readonly returnPercent: number | null;
  /** Round trips closed within it. */
  readonly trades: number;
}

const dayMs = 86_400_000;

function monthOf(time: number): number {
  const date = new Date(time);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
}

/**
 * Change of equity by period: from the last close of the period before, the first from the initial capital.
 * Source: CFA Institute, Global Investment Performance Standards, sub-period returns.
 */
function results(
  initialCapital: number,
  equity: Float64Array,
  periods: readonly { readonly start: number; readonly end: number }[],
  trades: ReadonlyMap<number, number>,
): PeriodResult[] {
  let before = initialCapital;
  return periods.map(({ start, end }) => {
    const now = equity[end];
    const pnl = now - before;
    const returnPercent = before > 0 ? (pnl / before) * 100 : null;
    before = now;
    return { start, equity: now, pnl, returnPercent, trades: trades.get(start) ?? 0 };
  });
}

function countBy(times: Iterable<number>, startOf: (time: number) => number): Map<number, number> {
  const counts = new Map<number, number>();
  for (const time of times) counts.set(startOf(time), (counts.get(startOf(time)) ?? 0) + 1);
  return counts;
}

/** One result per UTC day that has candles. `exits`: the trades' exit times. */
export function dailyResults(
  initialCapital: number,
  equity: Float64Array,
  days: DayEnds,
  exits: readonly number[],
): PeriodResult[] {
  const periods = Array.from(days.start, (start, i) => ({ start, end: days.end[i] }));
  return results(
    initialCapital,
    equity,
    periods,
    countBy(exits, (time) => Math.floor(time / dayMs) * dayMs),
  );
}

/** One result per UTC month that has candles. `exits`: the trades' exit times. */
export function monthlyResults(
  initialCapital: number,
  equity: Float64Array,
  days: DayEnds,
  exits: readonly number[],
): PeriodResult[] {
  const ends = new Map<number, number>();
  days.start.forEach((day, i) => ends.set(monthOf(day), days.end[i]));
  const periods = Array.from(ends, ([start, end]) => ({ start, end }));
  return results(initialCapital, equity, periods, countBy(exits, monthOf));
}
