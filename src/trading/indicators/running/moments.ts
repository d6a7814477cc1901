/**
 * Mean and squared deviations of the last `period` numbers; NaN until there are as many. Stable, and exact where all numbers are equal:
 * the mean is then that number and the deviation 0. A constant number of steps per number: the moments of the end of one block and of
 * the beginning of the next are joined.
 * Source: Welford (1962) for one number more; Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample
 * variances" (1979), for joining two groups.
 */
export class RunningMoments {
  readonly #period: number;
  readonly #share: number;
  /** 1/n at place n − 1: a division would keep the next number waiting. */
  readonly #shares: Float64Array;
  /** Before `#place` the numbers of this block; from there on, the mean of the block before from that place to its end. */
  readonly #means: Float64Array;
  readonly #squares: Float64Array;
  #place = 0;
  #blockMean = 0;
  #blockSquares = 0;
  mean = Number.NaN;
  /** Sum of the squared deviations from the mean. */
  squares = Number.NaN;

  constructor(period: number) {
    this.#period = period;
    this.#share = 1 / period;
    this.#shares = Float64Array.from({ length: period }, (_, k) => 1 / (k + 1));
    this.#means = new Float64Array(period).fill(Number.NaN);
    this.#squares = new Float64Array(period).fill(Number.NaN);
  }

  next(x: number): void {
    const place = this.#place;
    const count = place + 1;
    this.#means[place] = x;
    const apart = x - this.#blockMean;
    this.#blockMean += apart * this.#shares[place];
    this.#blockSquares += apart * (x - this.#blockMean);
    if (count === this.#period) {
      this.mean = this.#blockMean;
      this.squares = this.#blockSquares;
      this.#closeBlock();
      return;
    }
    this.#place = count;
    const rest = this.#means[count];
    const between = this.#blockMean - rest;
    const part = count * this.#share;
    this.mean = rest + between * part;
    this.squares = this.#blockSquares + this.#squares[count] + between * between * part * (this.#period - count);
  }

  #closeBlock(): void {
    const [means, squares, period] = [this.#means, this.#squares, this.#period];
    let mean = 0;
    let sum = 0;
    for (let k = period - 1; k >= 0; k--) {
      const x = means[k];
      const apart = x - mean;
      mean += apart * this.#shares[period - 1 - k];
      sum += apart * (x - mean);
      means[k] = mean;
      squares[k] = sum;
    }
    this.#place = 0;
    this.#blockMean = 0;
    this.#blockSquares = 0;
  }
}
