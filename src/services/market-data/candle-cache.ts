import { LRUCache } from 'lru-cache';
import { emptyCandles } from '../../trading/series.ts';
import { DomainError } from '../errors.ts';
import { KnownCandles } from './known-candles.ts';
import { CandleStretch, type StretchReader } from './candle-stretch.ts';
import type { Revision } from './revisions.ts';
import { type SeriesKey, seriesName } from './series-key.ts';

/** Where the candles are read from. */
export interface CandleReader extends StretchReader {
  revision(key: SeriesKey): Promise<Revision | undefined>;
}

/** What all columns may take: five million candles, such as ten years of minutes. */
export const standardCacheBytes = 256 * 2 ** 20;
/** Times that a series which changes under the reader is read again. */
const mostAttempts = 5;

/**
 * Stored candles in memory, as columns that worker threads can see. What is here counts only as long as the database says so: each use
 * asks it for the revision of the series, so that every process sees what any of them wrote. New candles behind the last are read and
 * added; after any other change the series is read again. Bounded in bytes; what was not used for longest goes first.
 */
export class CandleCache {
  readonly #reader: CandleReader;
  /** By the name of the series, the stretches that are kept. */
  readonly #stretches = new Map<string, Set<CandleStretch>>();
  /** All of them with their bytes, in order of use. */
  readonly #kept: LRUCache<CandleStretch, number>;
  /** By series, the end of the line: one reads at a time, and who comes later finds what the one before has read. */
  readonly #lines = new Map<string, Promise<unknown>>();

  /** @param maxBytes of all columns; 0 keeps nothing */
  constructor(reader: CandleReader, maxBytes: number) {
    this.#reader = reader;
    this.#kept = new LRUCache({
      // For the library a bound of 0 would be none.
      maxSize: Math.max(1, maxBytes),
      sizeCalculation: (bytes) => Math.max(1, bytes),
      dispose: (_bytes, stretch, reason) => {
        if (reason !== 'set') this.#forget(stretch);
      },
    });
  }

  /** Bytes of columns that are kept now. */
  get bytes(): number {
    return this.#kept.calculatedSize;
  }

  /**
   * The stored candles of a range, `from <= openTime < to`. They stay as they are, whatever happens to the series afterwards; nobody may
   * write to them.
   */
  range(key: SeriesKey, from: number, to: number): Promise<KnownCandles> {
    const name = seriesName(key);
    const result = (this.#lines.get(name) ?? Promise.resolve()).then(() => this.#current(key, from, to));
    const done = result.then(
      () => {},
      () => {},
    );
    this.#lines.set(name, done);
    void done.then(() => this.#lines.get(name) === done && this.#lines.delete(name));
    return result;
  }

  async #current(key: SeriesKey, from: number, to: number): Promise<KnownCandles> {
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      const state = await this.#reader.revision(key);
      if (!state) return new KnownCandles(emptyCandles(0), key.timeframe);
      const stretch = this.#find(key, state, from, to) ?? new CandleStretch(key, from, () => this.#weigh(stretch));
      const hasRead = await stretch.reach(this.#reader, state.revision, from, to);
      // What was rewritten while it was being read may be half old and half new.
      if (!hasRead || (await this.#reader.revision(key))?.rewritten === state.rewritten) {
        if (!stretch.isEmpty) this.#keep(stretch);
        return stretch.range(from, to);
      }
      this.#kept.delete(stretch);
    }
    throw new DomainError(
      'THROTTLED',
      `${seriesName(key)} was rewritten ${mostAttempts} times while it was read: try again later`,
    );
  }

  /** The stretch with most of the range; those that were rewritten since are forgotten. */
  #find(key: SeriesKey, { revision, rewritten }: Revision, from: number, to: number): CandleStretch | undefined {
    let found: CandleStretch | undefined;
    for (const stretch of this.#stretches.get(seriesName(key)) ?? []) {
      // One from the future: the database was put back to an earlier state.
      if (stretch.revision < rewritten || stretch.revision > revision) this.#kept.delete(stretch);
      else if (stretch.touches(from, to) && !(found && found.overlap(from, to) >= stretch.overlap(from, to))) found = stretch;
    }
    return found;
  }

  #keep(stretch: CandleStretch): void {
    const name = seriesName(stretch.key);
    this.#stretches.set(name, (this.#stretches.get(name) ?? new Set()).add(stretch));
    this.#weigh(stretch);
  }

  /** Puts a stretch first in the order of use, with the bytes that it has now; too large a one is not kept. */
  #weigh(stretch: CandleStretch): void {
    if (!this.#stretches.get(seriesName(stretch.key))?.has(stretch)) return;
    this.#kept.set(stretch, stretch.bytes);
    if (!this.#kept.has(stretch)) this.#forget(stretch);
  }

  #forget(stretch: CandleStretch): void {
    const name = seriesName(stretch.key);
    const ofSeries = this.#stretches.get(name);
    ofSeries?.delete(stretch);
    if (ofSeries?.size === 0) this.#stretches.delete(name);
  }
}
