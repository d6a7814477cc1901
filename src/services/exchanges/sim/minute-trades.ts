import { LRUCache } from 'lru-cache';
import type { Candle } from '../../../trading/candle.ts';
import { OrderSide } from '../../../trading/order.ts';
import { CandleBuilder } from '../../../trading/resample.ts';
import type { PublicTrade } from '../port/market-data.ts';
import type { MinuteCandles } from './minute-candles.ts';
import { scramble, subkey, textKey, uniform } from './random.ts';
import type { SimSymbol } from './symbols.ts';

const minuteMs = 60_000;
const mostInSecond = 4;
/** Units of volume that a minute's trades need at least: one each. */
const leastUnits = 60 * mostInSecond;

/**
 * The single executions of a simulated market: one to four each second, along the price path of their minute. Added up they are
 * its candle exactly: the first is its open, the last its close, they touch its high and its low, and their amounts are its volume.
 */
export class MinuteTrades {
  private readonly symbol: SimSymbol;
  private readonly minutes: MinuteCandles;
  private readonly cache = new LRUCache<number, readonly PublicTrade[]>({ max: 4 });
  private readonly priceScale: number;
  private readonly keys: { count: number; time: number; price: number; weight: number; side: number };

  constructor(seed: number, symbol: SimSymbol, minutes: MinuteCandles) {
    this.symbol = symbol;
    this.minutes = minutes;
    this.priceScale = 10 ** symbol.pricePlaces;
    const own = subkey(subkey(textKey(symbol.symbol), seed), 5);
    const key = (purpose: number): number => subkey(own, purpose);
    this.keys = { count: key(0), time: key(1), price: key(2), weight: key(3), side: key(4) };
  }

  /** All executions of one minute, counted from 1970, ascending. */
  of(minute: number): readonly PublicTrade[] {
    let trades = this.cache.get(minute);
    if (!trades) this.cache.set(minute, (trades = this.make(minute)));
    return trades;
  }

  /** Executions with `from < at <= to`, ms UTC, ascending. */
  *between(from: number, to: number): Generator<PublicTrade> {
    for (let minute = Math.floor(from / minuteMs); minute * minuteMs <= to; minute++)
      for (const trade of this.of(minute)) if (trade.at > from && trade.at <= to) yield trade;
  }

  /** The newest execution at a moment, ms UTC: there is one in every minute's first millisecond. */
  last(at: number): PublicTrade {
    const trades = this.of(Math.floor(at / minuteMs));
    return trades[trades.findLastIndex((trade) => trade.at <= at)];
  }

  /** The candle of the minute that holds the moment `at` (ms UTC), as far as it has formed. */
  forming(at: number): Candle {
    const minute = Math.floor(at / minuteMs);
    const builder = new CandleBuilder(minute * minuteMs);
    for (const { at: when, price, amount } of this.of(minute)) {
      if (when > at) break;
      builder.add(price, price, price, price, amount);
    }
    return builder.candle();
  }

  private make(minute: number): PublicTrade[] {
    const whole = this.minutes.minute(minute);
    const keyed = (key: number): number => scramble(key ^ minute);
    const [count, time, price, weight, side] = [
      keyed(this.keys.count),
      keyed(this.keys.time),
      keyed(this.keys.price),
      keyed(this.keys.weight),
      keyed(this.keys.side),
    ];
    const moments: number[] = [];
    const prices: number[] = [];
    for (let second = 0; second < 60; second++) {
      const here = this.minutes.priceAt(whole, minute, second);
      const next = this.minutes.priceAt(whole, minute, second + 1);
      // Mostly one or two.
      const inSecond = 1 + Math.floor(mostInSecond * uniform(count, second) ** 2);
      const offsets = Array.from({ length: inSecond }, (_, i) => Math.floor(1000 * uniform(time, second * mostInSecond + i)));
      offsets.sort((a, b) => a - b);
      if (second === 0) offsets[0] = 0;
      for (const [i, offset] of offsets.entries()) {
        moments.push(minute * minuteMs + second * 1000 + offset);
        const between = here + (next - here) * uniform(price, second * mostInSecond + i);
        prices.push(i === 0 ? here : Math.round(between * this.priceScale) / this.priceScale);
      }
    }
    prices[prices.length - 1] = whole.close;
    const amounts = this.amountsOf(whole.volume, prices.length, weight);
    return moments.map((at, i) => ({
      id: String(minute * 1000 + i),
      symbol: this.symbol.symbol,
      at,
      side: sideOf(prices[i], i === 0 ? undefined : prices[i - 1], uniform(side, i)),
      price: prices[i],
      amount: amounts[i],
    }));
  }

  /** Shares a volume out: whole steps of the market, or parts of one where the volume has too few of them; their sum is the volume. */
  private amountsOf(volume: number, count: number, key: number): number[] {
    let scale = 10 ** this.symbol.amountPlaces;
    while (Math.round(volume * scale) < leastUnits) scale *= 10;
    const units = Math.round(volume * scale);
    const weights = Array.from({ length: count }, (_, i) => -Math.log(uniform(key, i)));
    const total = weights.reduce((a, b) => a + b, 0);
    // Everybody gets one unit, the rest goes by weight; shares are cut from the running sum, so that no rounding adds up.
    let sum = 0;
    let given = 0;
    return weights.map((weight, i) => {
      sum += weight;
      const until = i === count - 1 ? units - count : Math.round(((units - count) * sum) / total);
      const share = until - given + 1;
      given = until;
      return share / scale;
    });
  }
}

/** A trade at a higher price than the last one was a buyer's doing. */
function sideOf(price: number, before: number | undefined, chance: number): OrderSide {
  if (before === undefined || price === before) return chance < 0.5 ? OrderSide.BUY : OrderSide.SELL;
  return price > before ? OrderSide.BUY : OrderSide.SELL;
}
