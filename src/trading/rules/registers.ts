/** Candles that are worked through at a time: what one step leaves is still in the processor's cache for the next. */
export const block = 1_024;

/** Brings one register up to date for the candles from `from` on, `count` of them. */
export type Step = (from: number, count: number) => void;

/**
 * Truth of a condition, a byte of 0 or 1 per candle of a block and of the `halo` candles before it. The block begins at a multiple of
 * four, so that registers can be joined by words.
 */
export class Truth {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  /** Place of the block's first candle. */
  readonly start: number;
  readonly halo: number;

  constructor(halo: number) {
    this.start = (halo + 3) & ~3;
    this.halo = halo;
    this.words = new Int32Array((this.start + block) >> 2);
    this.bytes = new Uint8Array(this.words.buffer);
  }

  /** Place of the first candle that is computed. */
  get first(): number {
    return this.start - this.halo;
  }
}
