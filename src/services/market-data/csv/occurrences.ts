import type { Gap } from '../../../trading/backtest-types.ts';
import { openTimeAt, type Timeframe, timeframeMs } from '../../../trading/timeframe.ts';

const chunkBits = 16;
const chunkSize = 1 << chunkBits;

/**
 * How often each candle occurs in a file, one byte per candle between the first and the last: all of Bitcoin's minutes take 9 MB, whatever
 * the order of the rows and the size of the file.
 */
export class Occurrences {
  distinct = 0;
  first = Number.POSITIVE_INFINITY;
  last = Number.NEGATIVE_INFINITY;
  private readonly length: number;
  private readonly offset: number;
  private readonly chunks = new Map<number, Uint8Array>();

  constructor(timeframe: Timeframe) {
    this.length = timeframeMs(timeframe);
    this.offset = openTimeAt(timeframe, this.length) % this.length;
  }

  /** Counts one more row of this open time; answers how many there are now, at most 255. */
  add(openTime: number): number {
    const index = this.indexOf(openTime);
    let chunk = this.chunks.get(index >>> chunkBits);
    if (!chunk) this.chunks.set(index >>> chunkBits, (chunk = new Uint8Array(chunkSize)));
    const place = index & (chunkSize - 1);
    if (chunk[place] === 0) this.distinct += 1;
    if (chunk[place] < 255) chunk[place] += 1;
    if (openTime < this.first) this.first = openTime;
    if (openTime > this.last) this.last = openTime;
    return chunk[place];
  }

  /** Takes one row of this open time away; answers how many are left. */
  remove(openTime: number): number {
    const index = this.indexOf(openTime);
    const chunk = this.chunks.get(index >>> chunkBits);
    const place = index & (chunkSize - 1);
    if (!chunk || chunk[place] === 0) return -1;
    chunk[place] -= 1;
    return chunk[place];
  }

  /** The candles missing between the first and the last, told run by run. */
  *gaps(): Generator<Gap> {
    if (this.distinct === 0) return;
    let runStart = -1;
    const last = this.indexOf(this.last);
    for (let index = this.indexOf(this.first); index <= last; index++) {
      const chunk = this.chunks.get(index >>> chunkBits);
      const missing = !chunk || chunk[index & (chunkSize - 1)] === 0;
      if (missing && runStart < 0) runStart = index;
      if (!missing && runStart >= 0) {
        yield { from: this.timeOf(runStart), to: this.timeOf(index), missing: index - runStart };
        runStart = -1;
      }
    }
  }

  private indexOf(openTime: number): number {
    return (openTime - this.offset) / this.length;
  }

  private timeOf(index: number): number {
    return index * this.length + this.offset;
  }
}
