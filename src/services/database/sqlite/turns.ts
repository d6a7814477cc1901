/** One at a time, in the order of asking. */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #isTaken = false;

  /** Whether anybody waits for a turn. */
  get areWanted(): boolean {
    return this.#waiting.length > 0;
  }

  /** Resolves when it is the caller's turn, which lasts until `end`. */
  async begin(): Promise<void> {
    if (this.#isTaken) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#isTaken = true;
  }

  end(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#isTaken = false;
  }
}
