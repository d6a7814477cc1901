import { setImmediate as turn } from 'node:timers/promises';
import type { Dice } from './dice.ts';

/**
 * Lets one piece of real work, such as a transaction, happen at a time, so that a world comes out the same each time. Who of several is
 * next is left to chance: that is how the ways in which processes can interleave are tried.
 */
export class Turnstile {
  private readonly dice: Dice;
  private readonly waiting: (() => void)[] = [];
  private isBusy = false;
  private idlers: (() => void)[] = [];

  constructor(dice: Dice) {
    this.dice = dice;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.isBusy) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.isBusy = true;
    try {
      return await work();
    } finally {
      const [next] = this.waiting.length > 0 ? this.waiting.splice(this.dice.between(0, this.waiting.length - 1), 1) : [];
      if (next) next();
      else {
        this.isBusy = false;
        for (const idler of this.idlers.splice(0)) idler();
      }
    }
  }

  /** Resolves when nobody works and nothing follows from what was done: the program waits for time to pass. */
  async quiet(): Promise<void> {
    for (let turns = 0; turns < 2; turns++) {
      await turn();
      if (!this.isBusy) continue;
      await new Promise<void>((resolve) => this.idlers.push(resolve));
      turns = -1;
    }
  }
}
