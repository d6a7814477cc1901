import type { CandleNow } from './candle-now.ts';
import { FillModel } from './options.ts';

/** What is believed of a candle that touched both stop and target: stop first, by the path of its prices, or target first. */
export type Reading = 'PESSIMISTIC' | 'OHLC_PATH' | 'OPTIMISTIC';

/** What is believed about the order of prices inside a candle, and how often it mattered. */
export class Belief {
  readonly reading: Reading;
  readonly #now: CandleNow;
  #mattered = 0;
  #last = -1;

  /** @param model DETAIL reads the finest candles as PESSIMISTIC does */
  constructor(model: FillModel | Reading, now: CandleNow) {
    this.reading = model === FillModel.DETAIL ? FillModel.PESSIMISTIC : model;
    this.#now = now;
  }

  /** Candles in which the order mattered. */
  get ambiguous(): number {
    return this.#mattered;
  }

  /** The order matters in the candle at hand. */
  matters(): void {
    if (this.#last === this.#now.index) return;
    this.#last = this.#now.index;
    this.#mattered += 1;
  }

  /** Whether the extreme that hurts a position of this side came before the one that helps it. */
  isAdverseFirst(side: number): boolean {
    return this.reading === FillModel.OHLC_PATH ? this.#isLowFirst() === side > 0 : this.reading === FillModel.PESSIMISTIC;
  }

  /** Whether the extreme that hurts came after whatever the other one brought. */
  isAdverseLast(side: number): boolean {
    return this.reading === FillModel.OHLC_PATH ? this.#isLowFirst() !== side > 0 : this.reading === FillModel.PESSIMISTIC;
  }

  #isLowFirst(): boolean {
    return this.#now.close >= this.#now.open;
  }
}
