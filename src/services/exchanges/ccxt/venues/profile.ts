import type { Candle } from '../../../../trading/candle.ts';
import type { TimeInForce } from '../../../../trading/order.ts';
import type { Timeframe } from '../../../../trading/timeframe.ts';
import type { TransferReport } from '../../port/funding-wallet.ts';
import type { CcxtCandle, CcxtClient, CcxtOrder, CcxtTrade } from '../client.ts';

/** A candle that the exchange itself says is closed. */
export interface ClosedCandle {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly candle: Candle;
}

/** What the adapter must know of an exchange beyond what ccxt tells. */
export interface VenueProfile extends VenueMarketData, VenueAccount {
  /** As ccxt calls it. */
  readonly id: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Mends what ccxt has wrong for this exchange. */
  prepare?(client: CcxtClient): void;
}

/** Public market data, where exchanges differ. */
export interface VenueMarketData {
  /** Nothing is known from before, ms UTC. */
  readonly beginsAt: number;
  /** Timeframes of ccxt's that are not ours: a week that begins on another day. */
  readonly otherTimeframes?: readonly Timeframe[];
  /** Levels of the book that is watched: one stream serves every depth up to it. */
  readonly bookDepth: number;
  /** The ids of a market's public trades are whole numbers without gaps, so that a missing trade shows. */
  readonly hasTradeSequence: boolean;
  /** One page of candles that open at or after a moment, the first ones. */
  candles(client: CcxtClient, symbol: string, timeframe: Timeframe, since: number): Promise<readonly CcxtCandle[]>;
  /** Public trades at or after a moment, page by page. @param now the exchange's clock, ms UTC */
  publicTrades(client: CcxtClient, symbol: string, since: number, now: number): AsyncIterable<readonly CcxtTrade[]>;
  /** Reads a message of the candle stream; undefined unless it says that its candle is closed. ccxt drops that flag. */
  closedCandle(client: CcxtClient, message: unknown): ClosedCandle | undefined;
}

/** A stop at the market below the price and a limit above it, both to sell. Numbers as the exchange takes them. */
export interface CcxtPair {
  readonly amount: string;
  readonly stop: { readonly clientOrderId: string; readonly stopPrice: string };
  readonly target: { readonly clientOrderId: string; readonly price: string };
}

/** What is to be brought from the funding wallet, as the exchange takes it. */
export interface VenueTransfer {
  readonly id: string;
  readonly asset: string;
  readonly amount: string;
}

/** How an exchange brings an asset from its funding wallet into the one that is traded from; both throw what ccxt throws. */
export interface VenueFundingWallet {
  bring(client: CcxtClient, transfer: VenueTransfer): Promise<TransferReport>;
  /** Those that may be it: by its id where the exchange takes ids, else by what it was and when. @param from, to ms UTC */
  find(client: CcxtClient, transfer: VenueTransfer, from: number, to: number): Promise<readonly TransferReport[]>;
}

/** An account, where exchanges differ. */
export interface VenueAccount {
  /** What the exchange takes as a client order id. */
  readonly clientOrderId: RegExp;
  /** The most characters of one that is made of letters and digits. */
  readonly clientOrderIdLength: number;
  readonly timesInForce: readonly TimeInForce[];
  /** Each signed request of a key must carry a greater number than the one before. */
  readonly countsRequests: boolean;
  /** What the account's streams tell is complete and exact; otherwise it only says which orders to look up. */
  readonly hasExactStreams: boolean;
  /** What every order carries besides. @param now the exchange's clock, ms UTC */
  orderParams(now: number): Readonly<Record<string, unknown>>;
  /** How a stop is said: ccxt's name for the price at which it goes off. */
  readonly stopParam: 'triggerPrice' | 'stopLossPrice';
  /** Places a stop and a target as one, where the exchange has that; throws what ccxt throws. @returns the stop, then the target */
  placePair?(client: CcxtClient, symbol: string, pair: CcxtPair): Promise<readonly CcxtOrder[]>;
  /** Absent where there is no such wallet. */
  readonly fundingWallet?: VenueFundingWallet;
  /** Cancels by the client order id; throws what ccxt throws. */
  cancelOrder(client: CcxtClient, symbol: string, clientOrderId: string): Promise<unknown>;
  /** Asks for an order by its client order id on every path the exchange has; undefined when all of them know nothing of it. */
  findOrder(client: CcxtClient, symbol: string, clientOrderId: string): Promise<CcxtOrder | undefined>;
  /** Orders that are open, stops that wait among them. */
  openOrders(client: CcxtClient, symbol: string | undefined): Promise<readonly CcxtOrder[]>;
  /** Orders by the exchange's ids, as many of them as it knows. */
  ordersById(client: CcxtClient, symbol: string, ids: readonly string[]): Promise<readonly CcxtOrder[]>;
  /** Trades of the account in a market at or after a moment, page by page. */
  myTrades(client: CcxtClient, symbol: string, since: number, now: number): AsyncIterable<readonly CcxtTrade[]>;
}
