import type { VenueCandle, VenueCandles } from './candles.ts';
import type { VenueError } from './errors.ts';
import type { VenueExecution, VenueLedger } from './ledger.ts';
import type { Moment, PublicTrade } from './market.ts';

/** What a dialect speaks about. */
export interface VenueWorld {
  readonly ledger: VenueLedger;
  readonly candles: VenueCandles;
  readonly apiKey: string;
  readonly secret: string;
  /** What the key may do, as Binance tells it. */
  readonly restrictions: Readonly<Record<string, unknown>>;
  /** The venue's clock, ms UTC. */
  now(): number;
  /** How a market stands. */
  moment(symbol: string): Moment;
  /** What was traded on a market, the oldest first. */
  publicTrades(symbol: string): readonly PublicTrade[];
}

export interface VenueHttpRequest {
  /** "GET /api/v3/time" */
  readonly route: string;
  readonly path: string;
  /** What stands behind the question mark. */
  readonly search: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface VenueAnswer {
  readonly status: number;
  readonly json: unknown;
}

/** Market data, or news of the account. */
export type Channel = 'market' | 'user';

/** One WebSocket connection. */
export interface Peer {
  readonly channel: Channel;
  readonly topics: Set<string>;
  reply(message: unknown): void;
}

/** A message for whoever listens to a topic. */
export type Told = readonly [topic: string, message: unknown];

/** Questions and orders, by what they are for; their values are routes. */
export interface VenueRoutes {
  readonly place: string;
  readonly cancel: string;
  /** Asked first for an order by its client order id. */
  readonly find: string;
  readonly openOrders: string;
  readonly fills: string;
  readonly balances: string;
  /** Brings money from the funding wallet; absent where there is none. */
  readonly transfer?: string;
  readonly transfers?: string;
  readonly candles: string;
  readonly trades: string;
  readonly book: string;
  readonly ticker: string;
  readonly markets: string;
}

/** The wire format of one exchange: everything that is the same for all of them stands in the venue. Symbols are "BTCUSDT" here. */
export interface Dialect {
  /** The exchange, as ccxt calls it. */
  readonly id: string;
  /** The hosts that the real client asks. */
  readonly hosts: readonly string[];
  readonly secret: string;
  readonly routes: VenueRoutes;
  /** @throws VenueError as the exchange would refuse */
  answer(world: VenueWorld, request: VenueHttpRequest): unknown;
  refusal(error: VenueError): VenueAnswer;
  /** Names of streams; that of the account is "user" everywhere. */
  readonly topics: {
    candles(symbol: string, interval: string): string;
    ticker(symbol: string): string;
    book(symbol: string): string;
    trades(symbol: string): string;
  };
  /** @param address host and path */
  channelOf(address: string): Channel;
  receive(world: VenueWorld, peer: Peer, message: unknown): void;
  candle(world: VenueWorld, symbol: string, interval: string, candle: VenueCandle, isClosed: boolean): readonly Told[];
  moved(before: Moment, after: Moment, trade: PublicTrade): readonly Told[];
  execution(world: VenueWorld, execution: VenueExecution): readonly Told[];
}
