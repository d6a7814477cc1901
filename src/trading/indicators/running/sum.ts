/**
 * Sum of the last `period` numbers; NaN until there are as many. Nothing is ever subtracted, so rounding errors neither pile up nor
 * stay when a huge value has left: the numbers come in blocks of `period`, and a window is the end of one block plus the beginning of
 * the next. Source of the idea: van Herk, "A fast algorithm for local minimum and maximum filters", Pattern Recognition Letters 13 (1992).
 */
export class RunningSum {
  /** Before `#place` the numbers of this block; from there on, each place has the sum of the block before from it to its end. */
  readonly #block: Float64Array;
  #place = 0;
  #sum = 0;

  constructor(period: number) {
    this.#block = new Float64Array(period).fill(Number.NaN);
  }

  next(x: number): number {
    const block = this.#block;
    block[this.#place++] = x;
    this.#sum += x;
    return this.#place < block.length ? this.#sum + block[this.#place] : this.#closeBlock();
  }

  #closeBlock(): number {
    const [block, whole] = [this.#block, this.#sum];
    for (let k = block.length - 2; k >= 0; k--) block[k] += block[k + 1];
    this.#place = 0;
    this.#sum = 0;
    return whole;
  }
}
