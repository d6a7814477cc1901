import type { Unsubscribe } from '../exchanges/port/subscription.ts';
import type { Logger } from '../logger.ts';

/** A stream that has told nothing for so long is subscribed again, ms. */
const patienceMs = 60_000;

/** One market at one exchange. */
export interface MarketKey {
  readonly exchange: string;
  readonly symbol: string;
}

/** The shared upstream subscription of one market. */
interface Feed<T> {
  readonly key: MarketKey;
  readonly listeners: Set<(value: T) => void>;
  stop: Unsubscribe;
  newest: T | undefined;
  lastNewsAt: number;
}

/**
 * Streams of which only the latest value counts, such as tickers: one upstream subscription per market, however many listeners. A late
 * listener gets the newest value at once; a silent stream is subscribed again.
 */
export class LatestFeeds<T> {
  private readonly what: string;
  private readonly open: (key: MarketKey, listener: (value: T) => void) => Unsubscribe;
  private readonly logger: Logger;
  private readonly now: () => number;
  private readonly feeds = new Map<string, Feed<T>>();

  /**
   * @param options.what for messages: "tickers"
   * @param options.open subscribes upstream; throws for a market that is not there
   * @param options.now our own clock, ms
   */
  constructor(options: {
    what: string;
    open: (key: MarketKey, listener: (value: T) => void) => Unsubscribe;
    logger: Logger;
    now: () => number;
  }) {
    this.what = options.what;
    this.open = options.open;
    this.logger = options.logger;
    this.now = options.now;
  }

  get size(): number {
    return this.feeds.size;
  }

  /** @throws DomainError when the exchange cannot be reached or has no such market */
  subscribe(key: MarketKey, listener: (value: T) => void): Unsubscribe {
    const name = nameOf(key);
    let feed = this.feeds.get(name);
    if (!feed) {
      const opened: Feed<T> = { key, listeners: new Set(), stop: () => {}, newest: undefined, lastNewsAt: this.now() };
      opened.stop = this.open(key, (value) => this.tell(opened, value));
      this.feeds.set(name, (feed = opened));
    }
    const own = feed;
    const entry = (value: T): void => listener(value);
    own.listeners.add(entry);
    if (own.newest !== undefined) entry(own.newest);
    return () => {
      if (!own.listeners.delete(entry) || own.listeners.size > 0) return;
      own.stop();
      if (this.feeds.get(name) === own) this.feeds.delete(name);
    };
  }

  /** The newest value, if somebody watches the market and there was one. */
  newest(key: MarketKey): T | undefined {
    return this.feeds.get(nameOf(key))?.newest;
  }

  /** A look from time to time. */
  check(): void {
    for (const feed of this.feeds.values()) {
      if (this.now() - feed.lastNewsAt < patienceMs) continue;
      const since = new Date(feed.lastNewsAt).toISOString();
      this.logger.warn(`${this.what} of ${nameOf(feed.key)}: nothing since ${since}; they are subscribed again`);
      feed.lastNewsAt = this.now();
      // What is old is not shown as new.
      feed.newest = undefined;
      feed.stop();
      feed.stop = () => {};
      try {
        feed.stop = this.open(feed.key, (value) => this.tell(feed, value));
      } catch (error) {
        this.logger.warn({ err: error }, `${this.what} of ${nameOf(feed.key)} cannot be subscribed; it is tried again`);
      }
    }
  }

  close(): void {
    for (const feed of this.feeds.values()) {
      feed.stop();
      feed.listeners.clear();
    }
    this.feeds.clear();
  }

  private tell(feed: Feed<T>, value: T): void {
    feed.lastNewsAt = this.now();
    feed.newest = value;
    for (const listener of feed.listeners) {
      try {
        listener(value);
      } catch (error) {
        this.logger.error({ err: error }, `a listener of ${this.what} of ${nameOf(feed.key)} failed`);
      }
    }
  }
}

function nameOf({ exchange, symbol }: MarketKey): string {
  return `${exchange} ${symbol}`;
}
