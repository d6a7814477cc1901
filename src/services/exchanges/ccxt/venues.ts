import type { Candle } from '../../../trading/candle.ts';
import { parseTimeframe, type Timeframe } from '../../../trading/timeframe.ts';
import type { CcxtClient, CcxtOrder, CcxtTrade } from './client.ts';

/** A candle that the exchange itself says is closed. */
export interface ClosedCandle {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly candle: Candle;
}

/** What the adapter must know of an exchange beyond what ccxt tells. */
export interface VenueProfile {
  /** As ccxt calls it. */
  readonly id: string;
  /** Nothing is known from before, ms UTC. */
  readonly beginsAt: number;
  /** Candles that one request gives at most. */
  readonly candlesPerPage: number;
  readonly options: Readonly<Record<string, unknown>>;
  /** What the exchange takes as a client order id. */
  readonly clientOrderId: RegExp;
  /** Asks for an order by its client order id on every path the exchange has; undefined when all of them know nothing of it. */
  findOrder(client: CcxtClient, symbol: string, clientOrderId: string): Promise<CcxtOrder | undefined>;
  /** Trades of the account in a market from a moment on, oldest first, or those that come after one of them; at most `limit`. */
  myTrades(
    client: CcxtClient,
    symbol: string,
    from: { readonly since: number } | { readonly after: string },
    limit: number,
  ): Promise<readonly CcxtTrade[]>;
  /** Orders of a market from one of them on, by their age, as many as one request gives. */
  ordersFrom(client: CcxtClient, symbol: string, exchangeOrderId: string): Promise<readonly CcxtOrder[]>;
  /** Reads a message of the candle stream; undefined unless it says that its candle is closed. ccxt drops that flag. */
  closedCandle(client: CcxtClient, message: unknown): ClosedCandle | undefined;
}

interface BinanceKline {
  readonly k?: {
    readonly t: number;
    readonly s: string;
    readonly i: string;
    readonly o: string;
    readonly h: string;
    readonly l: string;
    readonly c: string;
    readonly v: string;
    readonly x: boolean;
  };
}

const binance: VenueProfile = {
  id: 'binance',
  beginsAt: Date.UTC(2017, 6, 14),
  candlesPerPage: 1_000,
  options: {
    defaultType: 'spot',
    fetchMarkets: { types: ['spot'] },
    fetchMargins: false,
    fetchOpenOrders: { warnWithoutSymbol: false },
    // An order that arrives later than this is refused: absence may be concluded sooner.
    recvWindow: 5_000,
  },
  clientOrderId: /^[.A-Z:/a-z0-9_-]{1,36}$/,
  findOrder: (client, symbol, clientOrderId) => client.fetchOrder(undefined, symbol, { clientOrderId }),
  // By id, because one order can have thousands of trades in one millisecond.
  myTrades: (client, symbol, from, limit) =>
    'since' in from
      ? client.fetchMyTrades(symbol, from.since, limit)
      : client.fetchMyTrades(symbol, undefined, limit, { fromId: String(BigInt(from.after) + 1n) }),
  ordersFrom: (client, symbol, orderId) => client.fetchOrders(symbol, undefined, 1_000, { orderId }),
  closedCandle: (client, message) => {
    const { k } = message as BinanceKline;
    const timeframe = k?.x ? parseTimeframe(k.i) : undefined;
    if (!k || timeframe === undefined) return undefined;
    const candle: Candle = { openTime: k.t, open: +k.o, high: +k.h, low: +k.l, close: +k.c, volume: +k.v };
    return { symbol: client.safeSymbol(k.s, undefined, undefined, 'spot'), timeframe, candle };
  },
};

const profiles: ReadonlyMap<string, VenueProfile> = new Map([binance].map((profile) => [profile.id, profile]));

/** The exchanges that orders may be sent to: each has passed the contract of the port. */
export function venueProfile(id: string): VenueProfile | undefined {
  return profiles.get(id);
}
