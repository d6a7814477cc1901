/** Exponential moving average of numbers as they come: the recursion and the seed of `ema`, NaN until there are `period` of them. */
export class RunningEma {
  readonly #period: number;
  readonly #weight: number;
  #count = 0;
  #sum = 0;
  #value = Number.NaN;

  constructor(period: number) {
    this.#period = period;
    this.#weight = 2 / (period + 1);
  }

  next(x: number): number {
    if (this.#count < this.#period) return this.#seed(x);
    this.#value += (x - this.#value) * this.#weight;
    return this.#value;
  }

  #seed(x: number): number {
    this.#sum += x;
    this.#count += 1;
    if (this.#count === this.#period) this.#value = this.#sum / this.#period;
    return this.#value;
  }
}
