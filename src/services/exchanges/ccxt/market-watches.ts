import type { OrderBook, PublicTrade, Ticker } from '../port/market-data.ts';
import type { Unsubscribe } from '../port/subscription.ts';
import type { CcxtClient } from './client.ts';
import { LatestWatch } from './latest-watch.ts';
import { bookOf, publicTradeOf, tickerOf } from './market-mapping.ts';
import type { Redial } from './redial.ts';
import { TradeWatch } from './trade-watch.ts';
import type { VenueProfile } from './venues.ts';

export interface MarketWatchesParts {
  readonly client: CcxtClient;
  readonly profile: VenueProfile;
  /** The exchange's clock, ms UTC. */
  readonly now: () => number;
  /** A moment that has surely passed at the exchange, ms UTC. */
  readonly past: () => number;
  readonly redial: Redial;
  readonly onTrouble: (error: unknown) => void;
  /** The exchange's records. */
  readonly ticker: (symbol: string) => Promise<Ticker>;
  readonly orderBook: (symbol: string, depth: number) => Promise<OrderBook>;
  readonly trades: (symbol: string, since: number) => Promise<readonly PublicTrade[]>;
}

interface Watch<T> {
  readonly listeners: Set<(news: T) => void>;
  stop(): void;
}

/** Live tickers, books and trades of one exchange: one upstream subscription for each of a market, however many listeners. */
export class MarketWatches {
  private readonly parts: MarketWatchesParts;
  private readonly tickers = new Map<string, Watch<Ticker>>();
  private readonly books = new Map<string, Watch<OrderBook>>();
  private readonly tradeWatches = new Map<string, TradeWatch>();

  constructor(parts: MarketWatchesParts) {
    this.parts = parts;
  }

  ticker(symbol: string, listener: (ticker: Ticker) => void): Unsubscribe {
    const { client, now, redial, onTrouble, ticker } = this.parts;
    const make = (): Watch<Ticker> =>
      new LatestWatch({
        watch: async () => {
          const told = await client.watchTicker(symbol);
          // Two may have come at once.
          return tickerOf(client.tickers[symbol] ?? told, symbol, now());
        },
        unWatch: () => client.unWatchTicker(symbol),
        ask: () => ticker(symbol),
        isSame: (one, other) => one.last === other.last,
        redial,
        onTrouble,
      });
    return join(this.tickers, symbol, make, listener);
  }

  orderBook(symbol: string, depth: number, listener: (book: OrderBook) => void): Unsubscribe {
    const { client, now, profile, redial, onTrouble, orderBook } = this.parts;
    const { bookDepth } = profile;
    const make = (): Watch<OrderBook> =>
      new LatestWatch({
        watch: async () => bookOf(await client.watchOrderBook(symbol, bookDepth), symbol, bookDepth, now()),
        unWatch: () => client.unWatchOrderBook(symbol, { limit: bookDepth }),
        ask: () => orderBook(symbol, 1),
        isSame: (one, other) => isSameLevel(one.bids[0], other.bids[0]) && isSameLevel(one.asks[0], other.asks[0]),
        redial,
        onTrouble: (error) => {
          // A crossed book stays wrong until it is begun anew.
          if (error instanceof RangeError) redial.now();
          onTrouble(error);
        },
      });
    return join(this.books, symbol, make, (book: OrderBook) =>
      listener({ ...book, bids: book.bids.slice(0, depth), asks: book.asks.slice(0, depth) }),
    );
  }

  trades(symbol: string, listener: (trade: PublicTrade) => void, onGap?: () => void): Unsubscribe {
    const { client, past, profile, redial, onTrouble, trades } = this.parts;
    const make = (): TradeWatch =>
      new TradeWatch({
        watch: async () => (await client.watchTrades(symbol)).map(publicTradeOf),
        unWatch: () => client.unWatchTrades(symbol),
        ask: (since) => trades(symbol, since),
        hasSequence: profile.hasTradeSequence,
        beginsAt: past(),
        redial,
        onTrouble,
      });
    const leave = join(this.tradeWatches, symbol, make, listener);
    const gaps = this.tradeWatches.get(symbol)?.gapListeners;
    const entry = (): void => onGap?.();
    gaps?.add(entry);
    return () => {
      gaps?.delete(entry);
      leave();
    };
  }

  close(): void {
    for (const watches of [this.tickers, this.books, this.tradeWatches]) {
      for (const watch of watches.values()) watch.stop();
      watches.clear();
    }
  }
}

/** The first listener opens a watch, the last one ends it. */
function join<T, W extends Watch<T>>(
  watches: Map<string, W>,
  symbol: string,
  make: () => W,
  listener: (news: T) => void,
): Unsubscribe {
  let watch = watches.get(symbol);
  if (!watch) watches.set(symbol, (watch = make()));
  const own = watch;
  const entry = (news: T): void => listener(news);
  own.listeners.add(entry);
  return () => {
    if (!own.listeners.delete(entry) || own.listeners.size > 0) return;
    own.stop();
    if (watches.get(symbol) === own) watches.delete(symbol);
  };
}

function isSameLevel(one: { price: number; amount: number } | undefined, other: typeof one): boolean {
  return one?.price === other?.price && one?.amount === other?.amount;
}
