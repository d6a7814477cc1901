import type { Candle } from '../../trading/candle.ts';
import type { CandleSource, CandleUpdate, Unsubscribe } from '../exchanges/port.ts';
import type { Logger } from '../logger.ts';
import { CandleFeed, type FeedStore } from './feed.ts';
import { type SeriesKey, seriesName } from './series-key.ts';

/** All live candles of the program, counted by who watches: the first listener opens a feed, the last one closes it. */
export class CandleFeeds {
  private readonly sourceOf: (exchange: string) => CandleSource;
  private readonly store: FeedStore;
  private readonly logger: Logger;
  private readonly feeds = new Map<string, CandleFeed>();

  /** @param options.sourceOf throws a DomainError for an exchange without live candles */
  constructor(options: { sourceOf: (exchange: string) => CandleSource; store: FeedStore; logger: Logger }) {
    this.sourceOf = options.sourceOf;
    this.store = options.store;
    this.logger = options.logger;
  }

  /** How many feeds are open. */
  get size(): number {
    return this.feeds.size;
  }

  /**
   * Tells each candle that closes from now on, once and in order, and the forming one. The listener must return at once and not throw.
   * @throws DomainError when the exchange has no live candles or no such market
   */
  subscribe(key: SeriesKey, listener: (update: CandleUpdate) => void): Unsubscribe {
    const name = seriesName(key);
    let feed = this.feeds.get(name);
    if (!feed) {
      feed = new CandleFeed({ key, source: this.sourceOf(key.exchange), store: this.store, logger: this.logger });
      this.feeds.set(name, feed);
    }
    const opened = feed;
    const leave = opened.add(listener);
    return () => {
      leave();
      if (opened.listenerCount > 0 || this.feeds.get(name) !== opened) return;
      this.feeds.delete(name);
      opened.stop();
    };
  }

  /** The newest candle that was told, if somebody watches the series. */
  newest(key: SeriesKey): CandleUpdate | undefined {
    return this.feeds.get(seriesName(key))?.newest;
  }

  /** Closed candles that have been told but are not in the database yet. */
  notStored(key: SeriesKey): readonly Candle[] {
    return this.feeds.get(seriesName(key))?.notStored ?? [];
  }

  /** Market data of one exchange for whoever trades on it: its stream is shared with everybody else's. */
  marketOf(exchange: string): Pick<CandleSource, 'name' | 'now' | 'markets' | 'history' | 'subscribeCandles'> {
    const source = this.sourceOf(exchange);
    return {
      name: source.name,
      now: () => source.now(),
      markets: () => source.markets(),
      history: (symbol, timeframe, from, to) => source.history(symbol, timeframe, from, to),
      subscribeCandles: (symbol, timeframe, listener) => this.subscribe({ exchange, symbol, timeframe }, listener),
    };
  }

  /** Resolves when everything received so far has been told. */
  async settled(): Promise<void> {
    await Promise.all([...this.feeds.values()].map((feed) => feed.settled()));
  }

  /** Ends all feeds; resolves when what they had received is stored. */
  async close(): Promise<void> {
    const open = [...this.feeds.values()];
    this.feeds.clear();
    for (const feed of open) feed.stop();
    await Promise.all(open.map((feed) => feed.settled()));
  }
}
