/**
 * Mean and sum of the squared deviations of the last `period` numbers; NaN until there are as many. Stable, and exact where all numbers are
 * equal: the mean is then that number and the deviation 0. A constant number of steps per number: the moments of the end of one block of
 * `period` and of the beginning of the next are joined.
 * Source: Welford (1962) for one number more; Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample
 * variances" (1979), for joining two groups.
 */
export class RunningMoments {
  readonly #period: number;
  /** 1/n at place n − 1: a division would keep the next number waiting. */
  readonly #shares: Float64Array;
  /** Before `#place` the numbers of this block; from there on, the mean of the block before from that place to its end. */
  readonly #means: Float64Array;
  readonly #squares: Float64Array;
  #place = 0;
  #blockMean = 0;
  #blockSquares = 0;

  constructor(period: number) {
    this.#period = period;
    this.#shares = Float64Array.from({ length: period }, (_, k) => 1 / (k + 1));
    this.#means = new Float64Array(period).fill(Number.NaN);
    this.#squares = new Float64Array(period).fill(Number.NaN);
  }

  /** Takes the numbers of `x` from `from` up to `to`, and writes what there is after each of them to places `at` and on. */
  take(x: Float64Array, from: number, to: number, means: Float64Array, squares: Float64Array, at: number): void {
    const [period, shares, restMeans, restSquares] = [this.#period, this.#shares, this.#means, this.#squares];
    const share = shares[period - 1];
    let [place, mean, square] = [this.#place, this.#blockMean, this.#blockSquares];
    for (let i = from, k = at; i < to; i++, k++) {
      const value = x[i];
      const apart = value - mean;
      restMeans[place] = value;
      mean += apart * shares[place];
      square += apart * (value - mean);
      place += 1;
      if (place < period) {
        const between = mean - restMeans[place];
        const part = place * share;
        means[k] = restMeans[place] + between * part;
        squares[k] = square + restSquares[place] + between * between * part * (period - place);
      } else {
        means[k] = mean;
        squares[k] = square;
        this.#closeBlock();
        place = mean = square = 0;
      }
    }
    this.#place = place;
    this.#blockMean = mean;
    this.#blockSquares = square;
  }

  #closeBlock(): void {
    const [means, squares, shares, period] = [this.#means, this.#squares, this.#shares, this.#period];
    let mean = 0;
    let square = 0;
    for (let k = period - 1; k >= 0; k--) {
      const value = means[k];
      const apart = value - mean;
      mean += apart * shares[period - 1 - k];
      square += apart * (value - mean);
      means[k] = mean;
      squares[k] = square;
    }
  }
}

/** The same for a whole column at once. Each number waits for the one before it; those of the beginnings and of the ends wait side by side. */
export function momentColumns(x: Float64Array, period: number, means: Float64Array, squares: Float64Array): void {
  const n = x.length;
  const share = 1 / period;
  const shares = Float64Array.from({ length: period }, (_, k) => 1 / (k + 1));
  const empty = (): Float64Array => new Float64Array(period).fill(Number.NaN);
  let [restMeans, restSquares, nextMeans, nextSquares] = [empty(), empty(), empty(), empty()];
  for (let start = 0; start < n; start += period) {
    const last = Math.min(period, n - start) - 1;
    let mean = 0;
    let square = 0;
    let endMean = 0;
    let endSquare = 0;
    for (let k = 0; k <= last; k++) {
      const value = x[start + k];
      const apart = value - mean;
      mean += apart * shares[k];
      square += apart * (value - mean);
      means[start + k] = mean;
      squares[start + k] = square;
      const endValue = x[start + last - k];
      const endApart = endValue - endMean;
      endMean += endApart * shares[k];
      endSquare += endApart * (endValue - endMean);
      nextMeans[last - k] = endMean;
      nextSquares[last - k] = endSquare;
    }
    // A whole block is a window of its own.
    for (let k = 0; k <= last && k + 1 < period; k++) {
      const i = start + k;
      const rest = restMeans[k + 1];
      const between = means[i] - rest;
      const part = (k + 1) * share;
      means[i] = rest + between * part;
      squares[i] = squares[i] + restSquares[k + 1] + between * between * part * (period - k - 1);
    }
    [restMeans, restSquares, nextMeans, nextSquares] = [nextMeans, nextSquares, restMeans, restSquares];
  }
}
