/**
 * The places 0 to `length` − 1, handed out to threads: to each who asks the next few, as many as half of what is left would give every thread,
 * and single ones at the end. So all end at about the same time, although nobody knows which places take long, and each still works on neighbours.
 * Source: C. D. Polychronopoulos, D. J. Kuck, "Guided Self-Scheduling", IEEE Transactions on Computers 36 (1987), with half of each share.
 */
export class WorkList {
  readonly #next: Int32Array<SharedArrayBuffer>;
  readonly #length: number;

  /** @param memory four bytes that all threads share, at 0 when the work begins */
  constructor(memory: SharedArrayBuffer, length: number) {
    this.#next = new Int32Array(memory);
    this.#length = length;
  }

  /** The next places, until none is left. @param threads how many ask */
  *take(threads: number): Generator<{ readonly from: number; readonly to: number }> {
    for (;;) {
      const from = Atomics.load(this.#next, 0);
      if (from >= this.#length) return;
      const to = from + Math.max(1, Math.floor((this.#length - from) / (2 * threads)));
      if (Atomics.compareExchange(this.#next, 0, from, to) === from) yield { from, to };
    }
  }
}
