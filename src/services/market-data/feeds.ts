import type { Candle, Candles } from '../../trading/candle.ts';
import { dividing, type Timeframe } from '../../trading/timeframe.ts';
import type { CandleSource, CandleUpdate } from '../exchanges/port/market-data.ts';
import type { Unsubscribe } from '../exchanges/port/subscription.ts';
import type { Logger } from '../logger.ts';
import { DerivedCandles } from './derived-candles.ts';
import { CandleFeed, type FeedStore } from './feed.ts';
import type { FeedStatus } from './feed-health.ts';
import { reportGaps } from './gaps.ts';
import { type SeriesKey, seriesName } from './series-key.ts';

/** Between two looks at all feeds, ms. */
const checkEveryMs = 1_000;

/** A live feed, how it stands, and how many listen. */
export interface OpenFeed extends SeriesKey {
  readonly status: FeedStatus;
  readonly listeners: number;
}

/** All live candles of the program, counted by who watches: the first listener opens a feed, the last one closes it. */
export class CandleFeeds {
  private readonly sourceOf: (exchange: string) => CandleSource;
  private readonly store: FeedStore;
  private readonly logger: Logger;
  private readonly wallClock: () => number;
  private readonly feeds = new Map<string, { readonly key: SeriesKey; readonly feed: CandleFeed }>();
  private readonly statusListeners = new Set<(key: SeriesKey, status: FeedStatus) => void>();
  /** Exchanges that are being asked for corrections that were missed: one series at a time, so that all that resume together do not crowd out what is live. */
  private readonly correcting = new Map<string, Promise<void>>();
  private checking: NodeJS.Timeout | undefined;

  /**
   * @param options.sourceOf throws a DomainError for an exchange without live candles
   * @param options.wallClock our own clock, ms UTC
   */
  constructor(options: {
    sourceOf: (exchange: string) => CandleSource;
    store: FeedStore;
    logger: Logger;
    wallClock?: () => number;
  }) {
    this.sourceOf = options.sourceOf;
    this.store = options.store;
    this.logger = options.logger;
    this.wallClock = options.wallClock ?? Date.now;
  }

  /** How many feeds are open. */
  get size(): number {
    return this.feeds.size;
  }

  /** Looks after all feeds from now on. */
  start(): void {
    this.checking ??= setInterval(() => this.check(), checkEveryMs).unref();
  }

  /** One look at all feeds; `start` lets it happen every second. */
  check(): void {
    for (const { key, feed } of this.feeds.values()) {
      feed.check();
      if (feed.mayLackCorrections && !this.correcting.has(key.exchange)) {
        const finding = feed.findCorrections().finally(() => this.correcting.delete(key.exchange));
        this.correcting.set(key.exchange, finding);
      }
    }
  }

  /**
   * Tells each candle that closes from now on, once and in order, and the forming one. The listener must return at once and not throw.
   * @param onCorrected told of a closed candle that the exchange has changed since
   * @throws DomainError when the exchange has no live candles or no such market
   */
  subscribe(key: SeriesKey, listener: (update: CandleUpdate) => void, onCorrected?: (candle: Candle) => void): Unsubscribe {
    const name = seriesName(key);
    let open = this.feeds.get(name);
    if (!open) this.feeds.set(name, (open = { key, feed: this.open(key) }));
    const { feed } = open;
    const leave = feed.add(listener, onCorrected);
    return () => {
      leave();
      if (feed.listenerCount > 0 || this.feeds.get(name)?.feed !== feed) return;
      this.feeds.delete(name);
      feed.stop();
    };
  }

  /** Somebody else has stored candles from a moment on (ms UTC), perhaps over corrections that a feed had stored: that is looked up. */
  storedByOthers(key: SeriesKey, from: number): void {
    this.find(key)?.storedByOthers(from);
  }

  /** The newest candle that was told, if somebody watches the series. */
  newest(key: SeriesKey): CandleUpdate | undefined {
    return this.find(key)?.newest;
  }

  /** Closed candles that have been told but are not in the database yet. */
  notStored(key: SeriesKey): readonly Candle[] {
    return this.find(key)?.notStored ?? [];
  }

  /** The feeds that are open now, of one market or of all. */
  list(market: Partial<SeriesKey> = {}): OpenFeed[] {
    return [...this.feeds.values()]
      .filter(({ key }) => (market.exchange ?? key.exchange) === key.exchange && (market.symbol ?? key.symbol) === key.symbol)
      .map(({ key, feed }) => ({ ...key, status: feed.status, listeners: feed.listenerCount }));
  }

  /** Tells each change of a feed's state or of its reason. */
  onStatus(listener: (key: SeriesKey, status: FeedStatus) => void): Unsubscribe {
    const entry = (key: SeriesKey, status: FeedStatus): void => listener(key, status);
    this.statusListeners.add(entry);
    return () => this.statusListeners.delete(entry);
  }

  /** How one feed stands now, if it is open, and each change of its state or reason. */
  follow(key: SeriesKey, listener: (feed: OpenFeed) => void): Unsubscribe {
    const name = seriesName(key);
    const tell = (status: FeedStatus): void => listener({ ...key, status, listeners: this.find(key)?.listenerCount ?? 0 });
    const open = this.find(key);
    if (open) tell(open.status);
    return this.onStatus((other, status) => {
      if (seriesName(other) === name) tell(status);
    });
  }

  /** Market data of one exchange for whoever trades on it: its stream is shared with everybody else's. */
  marketOf(exchange: string): Pick<CandleSource, 'name' | 'now' | 'markets' | 'history' | 'subscribeCandles'> {
    const source = this.sourceOf(exchange);
    return {
      name: source.name,
      now: () => source.now(),
      markets: (isDoubted) => source.markets(isDoubted),
      history: (symbol, timeframe, from, to) =>
        this.candlesOf({ exchange, symbol, timeframe }).history(symbol, timeframe, from, to),
      subscribeCandles: (symbol, timeframe, listener) => this.subscribe({ exchange, symbol, timeframe }, listener),
    };
  }

  /** Where the candles of a series come from: the exchange, or its shorter candles where it does not make such long ones. */
  candlesOf(key: SeriesKey): Pick<CandleSource, 'now' | 'history' | 'subscribeCandles'> {
    const source = this.sourceOf(key.exchange);
    const base = baseOf(source, key.timeframe);
    if (base === undefined) return source;
    return new DerivedCandles(source, base, (symbol, listener, onCorrected) =>
      this.subscribe({ ...key, symbol, timeframe: base }, listener, onCorrected),
    );
  }

  /** Resolves when everything received so far has been told. */
  async settled(): Promise<void> {
    await Promise.all(this.correcting.values());
    await Promise.all([...this.feeds.values()].map(({ feed }) => feed.settled()));
  }

  /** Ends all feeds; resolves when what they had received is stored. */
  async close(): Promise<void> {
    clearInterval(this.checking);
    this.checking = undefined;
    const open = [...this.feeds.values()];
    this.feeds.clear();
    for (const { feed } of open) feed.stop();
    await Promise.all(open.map(({ feed }) => feed.settled()));
  }

  private find(key: SeriesKey): CandleFeed | undefined {
    return this.feeds.get(seriesName(key))?.feed;
  }

  private open(key: SeriesKey): CandleFeed {
    // Which lengths an exchange makes is known once it is connected: that may be after the feed was opened.
    const isDerived = (): boolean => baseOf(this.sourceOf(key.exchange), key.timeframe) !== undefined;
    return new CandleFeed({
      key,
      source: {
        now: () => this.candlesOf(key).now(),
        history: (symbol, timeframe, from, to) => this.candlesOf(key).history(symbol, timeframe, from, to),
        subscribeCandles: (symbol, timeframe, listener, onResumed) =>
          this.candlesOf(key).subscribeCandles(symbol, timeframe, listener, onResumed),
        isHalted: async (symbol) => (await this.sourceOf(key.exchange).isHalted?.(symbol)) ?? false,
      },
      store: this.sourceOf(key.exchange).isGenerated ? nowhere : feedStore(this.store, isDerived),
      logger: this.logger,
      onStatus: (status) => this.statusListeners.forEach((listener) => listener(key, status)),
      wallClock: this.wallClock,
    });
  }
}

/** The longest candles of an exchange that longer ones can be built from; undefined when it makes those itself, or none fit. */
function baseOf(source: CandleSource, timeframe: Timeframe): Timeframe | undefined {
  if (!source.timeframes || source.timeframes.includes(timeframe)) return undefined;
  return dividing(timeframe, source.timeframes).at(-1);
}

/** Candles that can be generated again at any moment are read from where they come from: stored ones would never be looked at. */
const nowhere: FeedStore = {
  last: () => Promise.resolve(undefined),
  gaps: () => Promise.resolve(reportGaps([])),
  forward: () => Promise.resolve([]),
  upsert: () => Promise.resolve(0),
};

/** Built candles are not stored, since they can be built again from those that are; unless some of their length were imported before. */
function feedStore(store: FeedStore, isDerived: () => boolean): FeedStore {
  return {
    last: (key) => store.last(key),
    gaps: (key, from, to) => store.gaps(key, from, to),
    forward: (key, from, to, limit) => store.forward(key, from, to, limit),
    upsert: async (key: SeriesKey, candles: Candles) =>
      isDerived() && (await store.last(key)) === undefined ? 0 : store.upsert(key, candles),
  };
}
