import type { Candles } from '../../trading/candle.ts';
import { timeframeMs } from '../../trading/timeframe.ts';
import { KnownCandles } from './known-candles.ts';
import { GrowingCandles } from './growing-candles.ts';
import type { SeriesKey } from './series-key.ts';

/** How stored candles are read. */
export interface StretchReader {
  ends(key: SeriesKey, from: number, to: number): Promise<{ readonly from: number; readonly to: number } | undefined>;
  pieces(key: SeriesKey, from: number, to: number): AsyncIterable<Candles>;
}

/** Ranges of one stretch whose findings are kept. */
const mostRanges = 16;
/** Room for so many candles is taken at once; for more it grows, because they may be few and far between. */
const mostExpected = 2_000_000;

/** All stored candles of a series between two moments, as of a revision. It grows at both ends. */
export class CandleStretch {
  readonly key: SeriesKey;
  readonly #grew: () => void;
  readonly #ranges = new Map<string, KnownCandles>();
  #candles = new GrowingCandles();
  #revision = 0;
  #from: number;
  #to: number;

  /**
   * Empty, and as of no revision.
   * @param from where it begins
   * @param grew told when it takes more bytes because of what was built from it
   */
  constructor(key: SeriesKey, from: number, grew: () => void) {
    this.key = key;
    this.#from = from;
    this.#to = from;
    this.#grew = grew;
  }

  get revision(): number {
    return this.#revision;
  }

  get isEmpty(): boolean {
    return this.#candles.length === 0;
  }

  get bytes(): number {
    let { bytes } = this.#candles;
    for (const range of this.#ranges.values()) bytes += range.builtBytes;
    return bytes;
  }

  touches(from: number, to: number): boolean {
    return from <= this.#to && to >= this.#from;
  }

  /** Milliseconds of a range that it has. */
  overlap(from: number, to: number): number {
    return Math.min(to, this.#to) - Math.max(from, this.#from);
  }

  /**
   * Reads what it lacks of a range that it touches, and the candles that came since its revision.
   * @returns whether anything was read; only together with an unchanged history since is it what was stored
   */
  async reach(reader: StretchReader, revision: number, from: number, to: number): Promise<boolean> {
    const { memory } = this.#candles;
    const isCurrent = revision === this.#revision && to <= this.#to;
    const isLongEnough = from >= this.#from;
    if (!isCurrent) {
      const end = Math.max(to, this.#to);
      await this.#read(reader, (this.#candles.last ?? this.#from - 1) + 1, end, this.#candles);
      this.#candles.trim();
      this.#to = end;
      this.#revision = revision;
    }
    if (!isLongEnough) {
      const candles = new GrowingCandles();
      await this.#read(reader, from, this.#from, candles, this.#candles.length);
      candles.append(this.#candles.slice());
      candles.trim();
      this.#candles = candles;
      this.#from = from;
    }
    // Ranges of columns that were given up would keep them in memory.
    if (this.#candles.memory !== memory) this.#ranges.clear();
    return !(isCurrent && isLongEnough);
  }

  range(from: number, to: number): KnownCandles {
    const [start, end] = [this.#candles.placeOf(from), this.#candles.placeOf(to)];
    const name = `${start}-${end}`;
    const known = this.#ranges.get(name);
    this.#ranges.delete(name);
    const range = known ?? new KnownCandles(this.#candles.slice(start, end), this.key.timeframe, this.#grew);
    this.#ranges.set(name, range);
    for (const oldest of this.#ranges.keys()) {
      if (this.#ranges.size <= mostRanges) break;
      this.#ranges.delete(oldest);
    }
    return range;
  }

  /** @param more candles that will be added afterwards */
  async #read(reader: StretchReader, from: number, to: number, into: GrowingCandles, more = 0): Promise<void> {
    const ends = await reader.ends(this.key, from, to);
    if (!ends) return;
    const possible = Math.floor((ends.to - ends.from) / timeframeMs(this.key.timeframe)) + 1;
    into.reserve(Math.min(possible, mostExpected) + more);
    for await (const piece of reader.pieces(this.key, from, to)) into.append(piece);
  }
}
