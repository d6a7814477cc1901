import type { Candles } from '../../trading/candle.ts';
import { emptyCandles, sliceCandles } from '../../trading/series.ts';

export const bytesPerCandle = 6 * Float64Array.BYTES_PER_ELEMENT;

/**
 * Candles on memory that worker threads can see, with room for more behind the last. What is there never changes and never moves: a
 * part that was handed out stays as it is while others are added, also when those need larger columns.
 */
export class GrowingCandles {
  #columns = emptyCandles(0, true);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get bytes(): number {
    return this.#columns.openTime.length * bytesPerCandle;
  }

  /** Open time of the last candle; undefined while there is none. */
  get last(): number | undefined {
    return this.#length === 0 ? undefined : this.#columns.openTime[this.#length - 1];
  }

  /** The memory of its first column: another one when the columns had to become larger. */
  get memory(): ArrayBufferLike {
    return this.#columns.openTime.buffer;
  }

  /** Makes room for more candles. */
  reserve(more: number): void {
    const needed = this.#length + more;
    if (needed > this.#columns.openTime.length) this.#resize(needed);
  }

  /** Adds candles behind the last. */
  append(candles: Candles): void {
    const end = this.#length + candles.openTime.length;
    if (end > this.#columns.openTime.length) this.#resize(Math.max(end, Math.ceil(end * 1.25)));
    copy(candles, this.#columns, this.#length);
    this.#length = end;
  }

  /** Gives back room that far more candles were expected for. */
  trim(): void {
    if (this.#columns.openTime.length > withRoom(this.#length) * 1.25) this.#resize(this.#length);
  }

  slice(start = 0, end = this.#length): Candles {
    return sliceCandles(this.#columns, start, end);
  }

  /** Place of the first candle that opens at or after a moment. */
  placeOf(at: number): number {
    const { openTime } = this.#columns;
    let [low, high] = [0, this.#length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (openTime[middle] < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #resize(length: number): void {
    const larger = emptyCandles(withRoom(length), true);
    copy(this.slice(), larger, 0);
    this.#columns = larger;
  }
}

/** A day of minutes, and a little more for long series. */
function withRoom(length: number): number {
  return length + 1_440 + Math.ceil(length / 64);
}

function copy(from: Candles, to: Candles, at: number): void {
  to.openTime.set(from.openTime, at);
  to.open.set(from.open, at);
  to.high.set(from.high, at);
  to.low.set(from.low, at);
  to.close.set(from.close, at);
  to.volume.set(from.volume, at);
}
