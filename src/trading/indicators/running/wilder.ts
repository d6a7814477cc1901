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
    if (this.#count >= this.#period) {
      this.#value = (this.#value * this.#kept + x) * this.#share;
      return this.#value;
    }
    this.#value += x;
    this.#count += 1;
    if (this.#count < this.#period) return Number.NaN;
    this.#value *= this.#share;
    return this.#value;
  }
}
