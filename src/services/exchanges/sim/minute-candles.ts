import { LRUCache } from 'lru-cache';
import type { Candle, Candles } from '../../../trading/candle.ts';
import { type Block, blockMinutes, PricePath } from './price-path.ts';
import { normal, scramble, uniform } from './random.ts';
import type { SimSymbol } from './symbols.ts';

const minuteMs = 60_000;

/** One minute before prices are rounded: logarithms of the price. */
interface Shape {
  open: number;
  high: number;
  low: number;
  close: number;
}

/**
 * The one-minute candles of a simulated market, each computed from the seed, the symbol and the minute. A minute opens where the
 * last one closed, except for a rare gap; its high and low are drawn from the extremes of a Brownian bridge between open and close.
 * The price inside the minute, second by second, stays between them and touches both, so the forming candle grows into the closed one.
 */
export class MinuteCandles {
  private readonly path: PricePath;
  private readonly blocks = new LRUCache<number, Block>({ max: 4 });
  private readonly priceScale: number;
  private readonly amountScale: number;
  private readonly meanMinuteVariance: number;
  private readonly keys: { gap: number; high: number; low: number; volume: number; order: number; wiggle: number };
  private readonly symbol: SimSymbol;

  constructor(seed: number, symbol: SimSymbol) {
    this.symbol = symbol;
    this.path = new PricePath(seed, symbol);
    this.priceScale = 10 ** symbol.pricePlaces;
    this.amountScale = 10 ** symbol.amountPlaces;
    this.meanMinuteVariance = symbol.dailyVolatility ** 2 / 1440;
    const key = (purpose: number): number => this.path.minuteKey(purpose);
    this.keys = { gap: key(0), high: key(1), low: key(2), volume: key(3), order: key(4), wiggle: key(5) };
  }

  /** Writes the minutes `[from, to)`, counted from 1970, into the columns from index `offset` on. */
  write(into: Candles, offset: number, from: number, to: number): void {
    const shape: Shape = { open: 0, high: 0, low: 0, close: 0 };
    for (let minute = from, at = offset; minute < to; minute++, at++) {
      this.shape(minute, shape);
      into.openTime[at] = minute * minuteMs;
      into.open[at] = this.price(shape.open);
      into.high[at] = this.price(shape.high);
      into.low[at] = this.price(shape.low);
      into.close[at] = this.price(shape.close);
      into.volume[at] = this.volume(minute);
    }
  }

  /** The closed candle of one minute, counted from 1970. */
  minute(minute: number): Candle {
    const shape: Shape = { open: 0, high: 0, low: 0, close: 0 };
    this.shape(minute, shape);
    return {
      openTime: minute * minuteMs,
      open: this.price(shape.open),
      high: this.price(shape.high),
      low: this.price(shape.low),
      close: this.price(shape.close),
      volume: this.volume(minute),
    };
  }

  /**
   * The price `second` seconds (0 to 60) into a minute: open, one extreme, the other, close, with small swings between them.
   * @param whole the closed candle of that minute
   */
  priceAt(whole: Candle, minute: number, second: number): number {
    if (second === 0) return whole.open;
    const key = scramble(this.keys.order ^ minute);
    const highFirst = (key & 7) < (whole.close >= whole.open ? 2 : 6);
    const first = 6 + ((key >>> 8) % 20);
    const last = 32 + ((key >>> 16) % 22);
    const [a, b] = highFirst ? [whole.high, whole.low] : [whole.low, whole.high];
    const [t0, p0, t1, p1] =
      second <= first ? [0, whole.open, first, a] : second <= last ? [first, a, last, b] : [last, b, 60, whole.close];
    if (second === t1) return p1;
    const part = (second - t0) / (t1 - t0);
    const swing = 0.15 * (whole.high - whole.low) * normal(scramble(this.keys.wiggle ^ minute), second);
    const price = p0 + (p1 - p0) * part + swing;
    return Math.round(Math.min(whole.high, Math.max(whole.low, price)) * this.priceScale) / this.priceScale;
  }

  private shape(minute: number, into: Shape): void {
    const index = Math.floor(minute / blockMinutes);
    const block = this.blockOf(index);
    const i = minute - index * blockMinutes;
    const variance = block.variance[i];
    const close = block.logPrice[i + 1];
    let open = block.logPrice[i];
    const gap = uniform(this.keys.gap, minute);
    if (gap < 1 / 256) open += 2 * Math.sqrt(variance) * (gap < 1 / 512 ? 1 : -1);
    const move2 = (close - open) ** 2;
    into.open = open;
    into.close = close;
    into.high = (open + close + Math.sqrt(move2 - 2 * variance * Math.log(uniform(this.keys.high, minute)))) / 2;
    into.low = (open + close - Math.sqrt(move2 - 2 * variance * Math.log(uniform(this.keys.low, minute)))) / 2;
  }

  /** More is traded in wild minutes and in the European and American afternoon; never nothing. */
  private volume(minute: number): number {
    const index = Math.floor(minute / blockMinutes);
    const variance = this.blockOf(index).variance[minute - index * blockMinutes];
    const hour = (minute % 1440) / 60;
    const season = 0.7 + 0.6 * Math.max(0, 1 - Math.abs(hour - 15) / 9);
    const activity = 0.3 + 0.7 * Math.sqrt(variance / this.meanMinuteVariance);
    const noise = Math.exp(0.5 * normal(this.keys.volume, minute));
    return Math.max(1, Math.round(this.symbol.minuteVolume * season * activity * noise * this.amountScale)) / this.amountScale;
  }

  private price(logarithm: number): number {
    return Math.max(1, Math.round(Math.exp(logarithm) * this.priceScale)) / this.priceScale;
  }

  private blockOf(index: number): Block {
    let block = this.blocks.get(index);
    if (!block) this.blocks.set(index, (block = this.path.block(index)));
    return block;
  }
}
