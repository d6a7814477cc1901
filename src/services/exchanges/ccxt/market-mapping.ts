import type { Candle } from '../../../trading/candle.ts';
import { OrderSide } from '../../../trading/order.ts';
import type { BookLevel, OrderBook, PublicTrade, Ticker } from '../port/market-data.ts';
import type { CcxtCandle, CcxtLevel, CcxtOrderBook, CcxtTicker, CcxtTrade, NumberText } from './client.ts';

/*
 * Public market data in the port's words. It is doubles: here what the exchange wrote becomes the double next to it, once, and anything that is
 * no number is an error, never a zero.
 */

/** A row of ccxt's as a candle. */
export function candleOf([openTime, open, high, low, close, volume]: CcxtCandle): Candle {
  return {
    openTime,
    open: double('open', open),
    high: double('high', high),
    low: double('low', low),
    close: double('close', close),
    volume: double('volume', volume ?? 0),
  };
}

/** @param now for exchanges that tell no time with it, ms UTC */
export function tickerOf({ last, high, low, baseVolume, timestamp }: CcxtTicker, symbol: string, now: number): Ticker {
  return {
    symbol,
    at: timestamp ?? now,
    last: double('last price', last),
    high: double('high', high ?? last),
    low: double('low', low ?? last),
    volume: double('volume', baseVolume ?? 0),
  };
}

/**
 * The first levels of a book.
 * @throws RangeError when the best bid reaches the best ask: a change was lost on the way
 */
export function bookOf({ bids, asks, timestamp }: CcxtOrderBook, symbol: string, depth: number, now: number): OrderBook {
  const book = { symbol, at: timestamp ?? now, bids: levelsOf(bids, depth), asks: levelsOf(asks, depth) };
  const [bid, ask] = [book.bids[0], book.asks[0]];
  if (bid && ask && bid.price >= ask.price)
    throw new RangeError(`the book of ${symbol} is crossed: ${bid.price} is bid and ${ask.price} asked`);
  return book;
}

/** @throws TypeError when it lacks what a trade is made of */
export function publicTradeOf({ id, symbol, timestamp, side, price, amount }: CcxtTrade): PublicTrade {
  if (id === undefined || symbol === undefined || timestamp === undefined || (side !== 'buy' && side !== 'sell'))
    throw new TypeError('a public trade has no id, symbol, time or side');
  return {
    id,
    symbol,
    at: timestamp,
    side: side === 'buy' ? OrderSide.BUY : OrderSide.SELL,
    price: double('price', price),
    amount: double('amount', amount),
  };
}

function levelsOf(levels: readonly CcxtLevel[], depth: number): BookLevel[] {
  return levels.slice(0, depth).map(([price, amount]) => ({ price: double('price', price), amount: double('amount', amount) }));
}

function double(name: string, value: NumberText | null | undefined): number {
  const number = value === undefined || value === null || value === '' ? Number.NaN : Number(value);
  if (!Number.isFinite(number)) throw new TypeError(`the exchange told ${name} "${value}", which is no number`);
  return number;
}
