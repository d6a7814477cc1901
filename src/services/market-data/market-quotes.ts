import { DomainError } from '../errors.ts';
import type { MarketDataSource, OrderBook, Ticker } from '../exchanges/port/market-data.ts';
import type { Logger } from '../logger.ts';
import type { MarketReference, MarketRow } from './catalogue.ts';
import { LatestFeeds } from './latest-feeds.ts';
import { latestStream } from './latest-stream.ts';

/** How often a second one market's latest value may be told to one subscriber. */
export const highestQuoteRate = 20;
/** Levels of a book on each side, at the most. */
export const deepestBook = 100;
/** Markets whose tickers one subscription may follow. */
export const mostTickers = 50;

const checkEveryMs = 1_000;

/** Which market a value is of. */
export interface QuotedMarket {
  readonly id: string;
  readonly exchange: string;
  readonly symbol: string;
}

export type TickerOf = Ticker & { readonly market: QuotedMarket };
export type OrderBookOf = OrderBook & { readonly market: QuotedMarket };

interface Parts {
  /** Connects to an exchange. @throws DomainError EXCHANGE_UNAVAILABLE */
  readonly ready: (exchange: string) => Promise<void>;
  readonly sourceOf: (exchange: string) => MarketDataSource;
  readonly market: (reference: MarketReference, path?: readonly string[]) => Promise<MarketRow & { exchange: string }>;
  readonly logger: Logger;
  readonly now: () => number;
}

/** Tickers and order books: now, and as they change. */
export class MarketQuotes {
  readonly tickers: LatestFeeds<Ticker>;
  /** At full depth; readers get as much as they want. */
  readonly books: LatestFeeds<OrderBook>;
  private readonly parts: Parts;
  private checking: NodeJS.Timeout | undefined;

  constructor(parts: Parts) {
    this.parts = parts;
    const { sourceOf, logger, now } = parts;
    this.tickers = new LatestFeeds({
      what: 'tickers',
      open: ({ exchange, symbol }, listener) => sourceOf(exchange).subscribeTicker(symbol, listener),
      logger,
      now,
    });
    this.books = new LatestFeeds({
      what: 'order books',
      open: ({ exchange, symbol }, listener) => sourceOf(exchange).subscribeOrderBook(symbol, deepestBook, listener),
      logger,
      now,
    });
  }

  /** Looks after all streams from now on. */
  start(): void {
    this.checking ??= setInterval(() => {
      this.tickers.check();
      this.books.check();
    }, checkEveryMs).unref();
  }

  stop(): void {
    clearInterval(this.checking);
    this.tickers.close();
    this.books.close();
  }

  /** @throws DomainError EXCHANGE_UNAVAILABLE when the exchange cannot be reached or does not answer */
  async ticker(market: QuotedMarket): Promise<TickerOf> {
    const ticker = this.tickers.newest(market) ?? (await this.parts.sourceOf(market.exchange).ticker(market.symbol));
    return { ...ticker, market };
  }

  /** @throws DomainError INVALID for a depth out of range, EXCHANGE_UNAVAILABLE as for tickers */
  async orderBook(market: QuotedMarket, depth: number): Promise<OrderBookOf> {
    checkDepth(depth);
    const book = this.books.newest(market) ?? (await this.parts.sourceOf(market.exchange).orderBook(market.symbol, depth));
    return { ...cut(book, depth), market };
  }

  /**
   * The tickers of some markets as they change: the latest value of each, and the last one always.
   * @throws DomainError NOT_FOUND, EXCHANGE_UNAVAILABLE, INVALID with the path of the bad argument
   */
  async subscribeTickers(
    references: readonly MarketReference[],
    maxRate: number,
    signal?: AbortSignal,
  ): Promise<AsyncIterableIterator<TickerOf>> {
    checkRate(maxRate);
    if (references.length === 0 || references.length > mostTickers)
      throw new DomainError('INVALID', `${references.length} markets are named, it must be from 1 to ${mostTickers}`, {
        path: ['markets'],
      });
    const markets = new Map<string, QuotedMarket>();
    for (const [i, reference] of references.entries()) {
      const market = await this.reachable(reference, ['markets', String(i)]);
      markets.set(market.id, market);
    }
    return latestStream({
      keys: [...markets.values()],
      subscribe: (market, listener: (value: TickerOf) => void) =>
        this.tickers.subscribe(market, (ticker) => listener({ ...ticker, market })),
      maxRate,
      ...(signal && { signal }),
    });
  }

  /** The book of a market as it changes. @throws DomainError as `subscribeTickers` does */
  async subscribeOrderBook(
    reference: MarketReference,
    depth: number,
    maxRate: number,
    signal?: AbortSignal,
  ): Promise<AsyncIterableIterator<OrderBookOf>> {
    checkRate(maxRate);
    checkDepth(depth);
    const market = await this.reachable(reference, ['market']);
    return latestStream({
      keys: [market],
      subscribe: (key, listener: (value: OrderBookOf) => void) =>
        this.books.subscribe(key, (book) => listener({ ...cut(book, depth), market: key })),
      maxRate,
      ...(signal && { signal }),
    });
  }

  private async reachable(reference: MarketReference, path: readonly string[]): Promise<QuotedMarket> {
    const { id, exchange, symbol } = await this.parts.market(reference, path);
    await this.parts.ready(exchange);
    return { id, exchange, symbol };
  }
}

function checkRate(maxRate: number): void {
  if (maxRate >= 1 && maxRate <= highestQuoteRate) return;
  throw new DomainError('INVALID', `maxRate is ${maxRate}, it must be from 1 to ${highestQuoteRate}`, { path: ['maxRate'] });
}

function checkDepth(depth: number): void {
  if (Number.isInteger(depth) && depth >= 1 && depth <= deepestBook) return;
  throw new DomainError('INVALID', `depth is ${depth}, it must be from 1 to ${deepestBook}`, { path: ['depth'] });
}

function cut(book: OrderBook, depth: number): OrderBook {
  return { ...book, bids: book.bids.slice(0, depth), asks: book.asks.slice(0, depth) };
}
