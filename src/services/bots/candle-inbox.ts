import type { Candle } from '../../trading/candle.ts';
import type { SerialQueue } from './serial-queue.ts';

/** Closed candles that wait for a bot at most. */
const mostWaiting = 240;

/**
 * Hands a bot its closed candles, each in its turn on the bot's queue. They are stored as well: of a bot that is far behind only so many are kept, and the newest,
 * before which it finds those that were left out in the database and follows them like what closed while nobody watched.
 */
export class CandleInbox {
  readonly #queue: SerialQueue;
  readonly #follow: (candle: Candle) => Promise<void>;
  #waiting = 0;
  /** The newest of those that were left out. */
  #leftOut: Candle | undefined;

  constructor(queue: SerialQueue, follow: (candle: Candle) => Promise<void>) {
    this.#queue = queue;
    this.#follow = follow;
  }

  /** A candle has closed. */
  push(candle: Candle): void {
    if (this.#waiting === mostWaiting) {
      this.#leftOut = candle;
      return;
    }
    this.#waiting += 1;
    this.#queue.push(async () => {
      this.#waiting -= 1;
      await this.#follow(candle);
      const leftOut = this.#leftOut;
      if (!leftOut || this.#waiting > 0) return;
      this.#leftOut = undefined;
      this.push(leftOut);
    });
  }
}
