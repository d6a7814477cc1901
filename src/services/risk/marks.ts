import { canonical, Decimal, decimal } from '../../trading/money.ts';

/**
 * What a limit remembers between measurings, per book: paper and live money, and each quote currency, are measured apart. Plain JSON in the limit's
 * row.
 */
export interface Marks {
  /** Best profit so far, by book. */
  readonly peaks?: Readonly<Record<string, string>>;
  /** The day's result that counting began anew from, by book. */
  readonly bases?: Readonly<Record<string, { readonly day: string; readonly pnl: string }>>;
  /** It was released: what is found next is where counting begins. */
  readonly beginsAnew?: boolean;
  /** Round trips that were written before this id do not count. */
  readonly after?: string;
}

/** How far a result is below its best so far, in percent of the capital at that best. @returns also the marks with the best kept */
export function drawdownOf(marks: Marks, book: string, pnl: Decimal, capital: Decimal): { percent: Decimal; marks: Marks } {
  const known = marks.peaks?.[book];
  const peak = Decimal.max(pnl, known === undefined ? pnl : decimal(known));
  const base = capital.add(peak);
  const percent = base.gt(0) ? peak.sub(pnl).div(base).mul(100) : new Decimal(0);
  return { percent, marks: { ...marks, peaks: { ...marks.peaks, [book]: canonical(peak) } } };
}

/** The day's loss as a positive amount, counted from the last release if that was today. */
export function lossOf(marks: Marks, book: string, day: string, pnl: Decimal): { loss: Decimal; marks: Marks } {
  const known = marks.bases?.[book];
  const begins = marks.beginsAnew === true && known === undefined;
  const base = begins ? pnl : known?.day === day ? decimal(known.pnl) : new Decimal(0);
  const next = begins ? { ...marks, bases: { ...marks.bases, [book]: { day, pnl: canonical(pnl) } } } : marks;
  return { loss: base.sub(pnl), marks: next };
}
