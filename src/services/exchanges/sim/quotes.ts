import { emptyCandles } from '../../../trading/series.ts';
import { OrderSide } from '../../../trading/order.ts';
import type { BookLevel, OrderBook, Ticker } from '../port/market-data.ts';
import type { MinuteCandles } from './minute-candles.ts';
import type { MinuteTrades } from './minute-trades.ts';
import { scramble, subkey, textKey, uniform } from './random.ts';
import type { SimSymbol } from './symbols.ts';

const minuteMs = 60_000;
const dayMinutes = 1440;
/** Offers are put and withdrawn this often, ms. */
const bookMs = 250;
/** Typical distance between two prices of a book, as a part of the price. */
const distance = 1e-4;

/** The last 24 hours without the forming minute. */
interface Day {
  readonly minute: number;
  readonly high: number;
  readonly low: number;
  readonly volume: number;
}

/** What a simulated market offers at a moment: the book around its last trade, and the ticker of its last 24 hours. */
export class Quotes {
  private readonly symbol: SimSymbol;
  private readonly minutes: MinuteCandles;
  private readonly trades: MinuteTrades;
  private readonly key: number;
  private readonly priceScale: number;
  private readonly amountScale: number;
  private day: Day | undefined;

  constructor(seed: number, symbol: SimSymbol, minutes: MinuteCandles, trades: MinuteTrades) {
    this.symbol = symbol;
    this.minutes = minutes;
    this.trades = trades;
    this.key = subkey(subkey(textKey(symbol.symbol), seed), 6);
    this.priceScale = 10 ** symbol.pricePlaces;
    this.amountScale = 10 ** symbol.amountPlaces;
  }

  ticker(at: number): Ticker {
    const day = this.dayBefore(Math.floor(at / minuteMs));
    const forming = this.trades.forming(at);
    return {
      symbol: this.symbol.symbol,
      at,
      last: forming.close,
      high: Math.max(day.high, forming.high),
      low: Math.min(day.low, forming.low),
      volume: Number((day.volume + forming.volume).toPrecision(12)),
    };
  }

  /** The last trade was with the best offer of its side; the further from it, the more there is. */
  book(at: number, depth: number): OrderBook {
    const { price, side } = this.trades.last(at);
    const key = scramble(this.key ^ Math.floor(at / bookMs));
    const last = Math.round(price * this.priceScale);
    const step = Math.max(1, last * distance);
    const spread = 1 + Math.floor(step * uniform(key, 0));
    const bestBid = side === OrderSide.SELL ? last : last - spread;
    return {
      symbol: this.symbol.symbol,
      at,
      bids: this.levels(subkey(key, 1), bestBid, -1, step, depth),
      asks: this.levels(subkey(key, 2), bestBid + spread, 1, step, depth),
    };
  }

  private levels(key: number, best: number, direction: 1 | -1, step: number, depth: number): BookLevel[] {
    const levels: BookLevel[] = [];
    const typical = this.symbol.minuteVolume * this.amountScale * 0.05;
    for (let i = 0, ticks = best; i < depth && ticks > 0; i++) {
      const amount = Math.max(1, Math.round(typical * (1 + i / 10) * -Math.log(uniform(key, 2 * i))));
      levels.push({ price: ticks / this.priceScale, amount: amount / this.amountScale });
      ticks += direction * (1 + Math.floor(step * uniform(key, 2 * i + 1)));
    }
    return levels;
  }

  private dayBefore(minute: number): Day {
    if (this.day?.minute === minute) return this.day;
    const candles = emptyCandles(dayMinutes);
    this.minutes.write(candles, 0, minute - dayMinutes, minute);
    this.day = {
      minute,
      high: candles.high.reduce((a, b) => Math.max(a, b)),
      low: candles.low.reduce((a, b) => Math.min(a, b)),
      volume: candles.volume.reduce((a, b) => a + b),
    };
    return this.day;
  }
}
