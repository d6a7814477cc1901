/**
 * Highest or lowest of the last `period` numbers; NaN until there are as many. A constant number of steps per number, whatever the period:
 * the numbers come in blocks of `period`, and a window is the end of one block plus the beginning of the next.
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
    if (signed > this.#most) this.#most = signed;
    if (this.#place === block.length) return this.#sign * this.#closeBlock();
    const rest = block[this.#place];
    return this.#sign * (this.#most > rest ? this.#most : rest);
  }

  #closeBlock(): number {
    const whole = this.#most;
    extremesToEnd(this.#block);
    this.#place = 0;
    this.#most = Number.NEGATIVE_INFINITY;
    return whole;
  }
}

/** The same for a whole column at once. */
export function extremeColumn(x: Float64Array, period: number, sign: 1 | -1, out: Float64Array): void {
  const block = new Float64Array(period).fill(Number.NaN);
  for (let start = 0; start < x.length; start += period) {
    const end = Math.min(start + period - 1, x.length);
    let most = Number.NEGATIVE_INFINITY;
    for (let i = start; i < end; i++) {
      const signed = sign * x[i];
      block[i - start] = signed;
      if (signed > most) most = signed;
      const rest = block[i - start + 1];
      out[i] = sign * (most > rest ? most : rest);
    }
    if (end === x.length) return;
    block[period - 1] = sign * x[end];
    extremesToEnd(block);
    out[end] = sign * block[0];
  }
}

/** Puts the highest of each place and those after it in its place. */
function extremesToEnd(block: Float64Array): void {
  let most = Number.NEGATIVE_INFINITY;
  for (let k = block.length - 1; k >= 0; k--) {
    if (block[k] > most) most = block[k];
    block[k] = most;
  }
}
