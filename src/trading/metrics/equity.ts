/** What an equity curve changes with, apart from prices. */
export interface Holdings {
  /** Capital without the profit of what is held, in quote currency. */
  readonly balance: number;
  readonly position: { readonly side: 1 | 0 | -1; readonly quantity: number; readonly entryPrice: number };
}

/** Balance, quantity (negative when short) and entry price of a stretch. */
const figures = 3;

/**
 * An equity curve: balance + quantity · (close − entry price) at each close, kept as the stretches of closes over which nothing but the
 * close changes. They are few where closes are many, so that metrics need not visit them all; `column` makes them all.
 */
export class Equity {
  /** What open positions are marked at; written to by nobody. */
  readonly closes: Float64Array;
  #starts: Int32Array;
  #figures: Float64Array;
  #stretches = 0;

  constructor(closes: Float64Array) {
    this.closes = closes;
    // A stretch for 32 closes is more than most strategies make; to grow costs as much as to write.
    const room = Math.max(16, closes.length >> 5);
    this.#starts = new Int32Array(room);
    this.#figures = new Float64Array(room * figures);
  }

  /** Number of closes. */
  get length(): number {
    return this.closes.length;
  }

  /** A curve of which every value is known. */
  static of(values: Float64Array): Equity {
    const equity = new Equity(values);
    // One unit, bought for nothing.
    equity.#begin(0, 0, 1, 0);
    return equity;
  }

  /** From close `index` on this is held, until the next note. Notes come in order; of two for the same close the later one counts. */
  note(index: number, { balance, position }: Holdings): void {
    const { side } = position;
    const quantity = side === 0 ? 0 : position.quantity * side;
    const entryPrice = side === 0 ? 0 : position.entryPrice;
    const last = (this.#stretches - 1) * figures;
    const values = this.#figures;
    if (last >= 0 && values[last] === balance && values[last + 1] === quantity && values[last + 2] === entryPrice) return;
    this.#begin(index, balance, quantity, entryPrice);
  }

  #begin(index: number, balance: number, quantity: number, entryPrice: number): void {
    if (this.#stretches > 0 && this.#starts[this.#stretches - 1] === index) this.#stretches -= 1;
    if (this.#stretches === this.#starts.length) this.#grow();
    const place = this.#stretches * figures;
    this.#starts[this.#stretches] = index;
    this.#figures[place] = balance;
    this.#figures[place + 1] = quantity;
    this.#figures[place + 2] = entryPrice;
    this.#stretches += 1;
  }

  #grow(): void {
    const [starts, values] = [this.#starts, this.#figures];
    this.#starts = new Int32Array(starts.length * 2);
    this.#starts.set(starts);
    this.#figures = new Float64Array(values.length * 2);
    this.#figures.set(values);
  }

  /** Number of stretches. */
  get stretches(): number {
    return this.#stretches;
  }

  /** Index of the first close of a stretch. */
  from(stretch: number): number {
    return this.#starts[stretch];
  }

  /** Index after the last close of a stretch. */
  to(stretch: number): number {
    return stretch + 1 < this.#stretches ? this.#starts[stretch + 1] : this.length;
  }

  balance(stretch: number): number {
    return this.#figures[stretch * figures];
  }

  /** Negative when short; 0 where the curve is level. */
  quantity(stretch: number): number {
    return this.#figures[stretch * figures + 1];
  }

  entryPrice(stretch: number): number {
    return this.#figures[stretch * figures + 2];
  }

  /** Equity at some of the closes. @param indexes of them, ascending @param closes they themselves: many runs need the same ones */
  at(indexes: Int32Array, closes: Float64Array): Float64Array {
    const out = new Float64Array(indexes.length);
    let place = 0;
    for (let stretch = 0; stretch < this.#stretches; stretch++) {
      const to = this.to(stretch);
      const balance = this.balance(stretch);
      const quantity = this.quantity(stretch);
      const entryPrice = this.entryPrice(stretch);
      for (; place < indexes.length && indexes[place] < to; place++)
        out[place] = balance + quantity * (closes[place] - entryPrice);
    }
    return out;
  }

  /** Equity at the last close. */
  get last(): number {
    const stretch = this.#stretches - 1;
    return this.balance(stretch) + this.quantity(stretch) * (this.closes[this.length - 1] - this.entryPrice(stretch));
  }

  /** Equity at every close. */
  column(): Float64Array {
    const out = new Float64Array(this.length);
    for (let stretch = 0; stretch < this.#stretches; stretch++) {
      const from = this.from(stretch);
      const to = this.to(stretch);
      const balance = this.balance(stretch);
      const quantity = this.quantity(stretch);
      const entryPrice = this.entryPrice(stretch);
      if (quantity === 0) out.fill(balance, from, to);
      else for (let i = from; i < to; i++) out[i] = balance + quantity * (this.closes[i] - entryPrice);
    }
    return out;
  }
}
