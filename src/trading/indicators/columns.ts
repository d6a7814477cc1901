import type { Candles } from '../candle.ts';
import type { Indicator } from './indicator.ts';

/** Indicator columns of one series by key, computed once each: what a search over parameters shares between its runs. */
export class ColumnCache {
  readonly candles: Candles;
  readonly #columns = new Map<string, Float64Array>();

  constructor(candles: Candles) {
    this.candles = candles;
  }

  /** The column of an indicator on these candles. */
  column(indicator: Indicator): Float64Array {
    let column = this.#columns.get(indicator.key);
    if (column === undefined) {
      column = indicator.batch(this.candles);
      this.#columns.set(indicator.key, column);
    }
    return column;
  }

  /** The columns of a strategy's indicators under its own names for them. */
  columns(indicators: Readonly<Record<string, Indicator>>): Record<string, Float64Array> {
    return Object.fromEntries(Object.entries(indicators).map(([name, indicator]) => [name, this.column(indicator)]));
  }
}
