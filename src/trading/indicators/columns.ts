import type { Candles } from '../candle.ts';
import { type Calendar, calendarOf } from '../metrics/calendar.ts';
import type { Indicator } from './indicator.ts';
import { giveBack, takeColumn } from './scratch.ts';

/** What a search over parameters shares between its runs on one series, computed once each: indicator columns by key, and the calendar. */
export class ColumnCache {
  readonly candles: Candles;
  readonly #columns = new Map<string, Float64Array>();
  #calendar: Calendar | null = null;

  constructor(candles: Candles) {
    this.candles = candles;
  }

  /** Where the days and months of the series end. */
  get calendar(): Calendar {
    return (this.#calendar ??= calendarOf(this.candles.openTime, this.candles.close));
  }

  /** The columns of a strategy's indicators under its own names for them. */
  columns(indicators: Readonly<Record<string, Indicator>>): Record<string, Float64Array> {
    const missing = new Map<string, Indicator>();
    for (const indicator of Object.values(indicators))
      if (!this.#columns.has(indicator.key)) missing.set(indicator.key, indicator);
    this.#compute([...missing.values()]);
    return Object.fromEntries(Object.entries(indicators).map(([name, indicator]) => [name, this.#columns.get(indicator.key)!]));
  }

  #compute(missing: Indicator[]): void {
    for (let indicator = missing.shift(); indicator !== undefined; indicator = missing.shift()) {
      const { key } = indicator;
      const column = takeColumn(this.candles.openTime.length);
      const partner = missing.findIndex((other) => indicator?.batchWith?.(other));
      const [other] = partner < 0 ? [] : missing.splice(partner, 1);
      const together = other === undefined ? null : indicator.batchWith?.(other);
      if (other === undefined || !together) indicator.batch(this.candles, column);
      else {
        const otherColumn = takeColumn(this.candles.openTime.length);
        together(this.candles, column, otherColumn);
        this.#columns.set(other.key, otherColumn);
      }
      this.#columns.set(key, column);
    }
  }

  /** Forgets all columns; their memory serves the next run. Nobody may read a column of this cache afterwards. */
  release(): void {
    giveBack(this.#columns.values());
    this.#columns.clear();
  }
}
