const [time, open, high, low, close, price] = [0, 1, 2, 3, 4, 5] as const;

/** The candle at hand, in a typed array: numbers handed from call to call would each become an object. */
export class CandleNow {
  /** Its number in the series. */
  index = 0;
  readonly #values = new Float64Array(6);

  set(index: number, at: number, opens: number, highest: number, lowest: number, closes: number): void {
    this.index = index;
    const values = this.#values;
    values[time] = at;
    values[open] = opens;
    values[high] = highest;
    values[low] = lowest;
    values[close] = closes;
  }

  /** A moment that is only a price. */
  setPrice(index: number, at: number, market: number): void {
    this.index = index;
    this.#values[time] = at;
    this.#values[price] = market;
  }

  get time(): number {
    return this.#values[time];
  }

  get open(): number {
    return this.#values[open];
  }

  get high(): number {
    return this.#values[high];
  }

  get low(): number {
    return this.#values[low];
  }

  get close(): number {
    return this.#values[close];
  }

  /** What the next fill is made at; of a market order before slippage. */
  get price(): number {
    return this.#values[price];
  }

  set price(value: number) {
    this.#values[price] = value;
  }
}
