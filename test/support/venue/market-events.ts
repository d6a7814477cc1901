import type { Decimal } from '../../../src/trading/money.ts';
import { wire } from './wire.ts';

/** A market at one moment: its last price, and a book of one level on each side, one tick away. */
export interface Moment {
  readonly symbol: string;
  readonly price: Decimal;
  readonly tickSize: string;
  /** Counts the changes of the book. */
  readonly updateId: number;
  readonly at: number;
}

const one = '1.00000000';

function bookOf({ price, tickSize }: Moment): { bid: string; ask: string } {
  return { bid: wire(price.sub(tickSize)), ask: wire(price.add(tickSize)) };
}

/** `GET /api/v3/depth` */
export function depthJson(moment: Moment): Record<string, unknown> {
  const { bid, ask } = bookOf(moment);
  return { lastUpdateId: moment.updateId, bids: [[bid, one]], asks: [[ask, one]] };
}

/** `GET /api/v3/ticker/bookTicker` */
export function bestJson(moment: Moment): Record<string, unknown> {
  const { bid, ask } = bookOf(moment);
  return { symbol: moment.symbol, bidPrice: bid, bidQty: one, askPrice: ask, askQty: one };
}

/** `GET /api/v3/ticker/24hr` */
export function dayJson(moment: Moment): Record<string, unknown> {
  const last = wire(moment.price);
  const { bid, ask } = bookOf(moment);
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

/** What the market streams tell when the market goes from one moment to the next, by the name of the stream. */
export function eventsOf(before: Moment, moment: Moment): readonly (readonly [stream: string, message: unknown])[] {
  const { symbol: s, at: E, updateId: u } = moment;
  const last = wire(moment.price);
  const [old, { bid, ask }] = [bookOf(before), bookOf(moment)];
  const trade = { e: 'trade', E, s, t: u, p: last, q: one, T: E, m: false, M: true };
  const volume = { v: '10.00000000', q: '100000.00000000' };
  const ticker = { e: '24hrMiniTicker', E, s, c: last, o: last, h: last, l: last, ...volume };
  const gone = '0.00000000';
  const depth = {
    e: 'depthUpdate',
    E,
    s,
    U: u,
    u,
    b: [
      [old.bid, gone],
      [bid, one],
    ],
    a: [
      [old.ask, gone],
      [ask, one],
    ],
  };
  return [
    ['trade', trade],
    ['miniTicker', ticker],
    ['bookTicker', { u, s, b: bid, B: one, a: ask, A: one }],
    ['depth@100ms', depth],
  ];
}
