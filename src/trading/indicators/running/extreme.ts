/**
 * Highest or lowest of the last `period` numbers; NaN until there are as many. A constant number of steps per number, whatever the period.
 * Source: van Herk, "A fast algorithm for local minimum and maximum filters", Pattern Recognition Letters 13 (1992).
 */
export class RunningExtreme {
  /** Before `#place` the numbers of this block; from there on, each place has the extreme of the block before from it to its end. */
  readonly #block: Float64Array;
  readonly #sign: 1 | -1;
  #place = 0;
  #most = Number.NEGATIVE_INFINITY;

  /** @param sign 1: the highest, −1: the lowest */
  constructor(period: number, sign: 1 | -1) {
    this.#block = new Float64Array(period).fill(Number.NaN);
    this.#sign = sign;
  }

  next(x: number): number {
    const block = this.#block;
    const signed = this.#sign * x;
    block[this.#place++] = signed;
    this.#most = Math.max(this.#most, signed);
    return this.#sign * (this.#place < block.length ? Math.max(this.#most, block[this.#place]) : this.#closeBlock());
  }

  #closeBlock(): number {
    const [block, whole] = [this.#block, this.#most];
    for (let k = block.length - 2; k >= 0; k--) block[k] = Math.max(block[k], block[k + 1]);
    this.#place = 0;
    this.#most = Number.NEGATIVE_INFINITY;
    return whole;
  }
}
