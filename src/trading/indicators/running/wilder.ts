/**
 * Wilder's smoothing of numbers as they come: the mean of the first `period`, then w = (w·(period − 1) + x)/period; NaN until there are
 * `period` of them. Source: J. Welles Wilder, New Concepts in Technical Trading Systems (1978).
 */
export class WilderMean {
  readonly #period: number;
  readonly #kept: number;
  readonly #share: number;
  #count = 0;
  #value = 0;

  constructor(period: number) {
    this.#period = period;
    this.#kept = period - 1;
    this.#share = 1 / period;
  }

  next(x: number): number {
    if (this.#count < this.#period) return this.#seed(x);
    this.#value = (this.#value * this.#kept + x) * this.#share;
    return this.#value;
  }

  // Apart from the step that is taken millions of times, which stays small enough to be compiled into its callers.
  #seed(x: number): number {
    this.#value += x;
    this.#count += 1;
    if (this.#count < this.#period) return Number.NaN;
    this.#value *= this.#share;
    return this.#value;
  }
}
