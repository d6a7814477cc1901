import { bookOf, changesOf, type Level, type Moment, type PublicTrade } from '../market.ts';
import { wire } from './wire.ts';

const one = '1.00000000';
const rows = (levels: readonly Level[]): string[][] => levels.map(([price, quantity]) => [wire(price), wire(quantity)]);

function bestOf(moment: Moment): { bid: string; ask: string } {
  const { bids, asks } = bookOf(moment);
  return { bid: wire(bids[0]![0]), ask: wire(asks[0]![0]) };
}

/** `GET /api/v3/depth` */
export function depthJson(moment: Moment): Record<string, unknown> {
  const { bids, asks } = bookOf(moment);
  return { lastUpdateId: moment.updateId, bids: rows(bids), asks: rows(asks) };
}

/** `GET /api/v3/ticker/bookTicker` */
export function bestJson(moment: Moment): Record<string, unknown> {
  const { bid, ask } = bestOf(moment);
  return { symbol: moment.symbol, bidPrice: bid, bidQty: one, askPrice: ask, askQty: one };
}

/** `GET /api/v3/ticker/24hr` */
export function dayJson(moment: Moment): Record<string, unknown> {
  const last = wire(moment.price);
  const { bid, ask } = bestOf(moment);
  const times = { openTime: moment.at - 86_400_000, closeTime: moment.at, firstId: 0, lastId: 0, count: 1 };
  const prices = {
    openPrice: last,
    highPrice: last,
    lowPrice: last,
    lastPrice: last,
    weightedAvgPrice: last,
    prevClosePrice: last,
  };
  const book = { bidPrice: bid, bidQty: one, askPrice: ask, askQty: one, lastQty: one };
  const change = {
    priceChange: '0.00000000',
    priceChangePercent: '0.000',
    volume: '10.00000000',
    quoteVolume: '100000.00000000',
  };
  return { symbol: moment.symbol, ...prices, ...book, ...change, ...times };
}

/** One row of `GET /api/v3/aggTrades`; the stream says the same in an event. */
export function aggTradeJson({ id, price, quantity, side, at }: PublicTrade): Record<string, unknown> {
  return { a: id, p: wire(price), q: wire(quantity), f: id, l: id, T: at, m: side === 'SELL', M: true };
}

/** What the market streams tell when the market goes from one moment to the next, by the name of the stream. */
export function eventsOf(
  before: Moment,
  moment: Moment,
  trade: PublicTrade,
): readonly (readonly [stream: string, message: unknown])[] {
  const { symbol: s, at: E, updateId: u } = moment;
  const last = wire(moment.price);
  const { bid, ask } = bestOf(moment);
  const volume = { v: '10.00000000', q: '100000.00000000' };
  const ticker = { e: '24hrMiniTicker', E, s, c: last, o: last, h: last, l: last, ...volume };
  const { bids, asks } = changesOf(before, moment);
  return [
    ['aggTrade', { e: 'aggTrade', E, s, ...aggTradeJson(trade) }],
    ['miniTicker', ticker],
    ['bookTicker', { u, s, b: bid, B: one, a: ask, A: one }],
    ['depth@100ms', { e: 'depthUpdate', E, s, U: u, u, b: rows(bids), a: rows(asks) }],
  ];
}
