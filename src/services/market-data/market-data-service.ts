import type { Market } from '../../entities/market/Market.ts';
import type { Candle, Candles } from '../../trading/candle.ts';
import type { Timeframe } from '../../trading/timeframe.ts';
import type { Clock } from '../clock.ts';
import type { Database, Page, PageArguments, RowFilter } from '../database/index.ts';
import { DomainError, throwAt } from '../errors.ts';
import type { Exchanges } from '../exchanges/exchanges.ts';
import type { Connection } from '../exchanges/lazy-source.ts';
import type { CandleUpdate } from '../exchanges/port/market-data.ts';
import type { Logger } from '../logger.ts';
import type { Viewer } from '../viewer.ts';
import { CandleColumns, type CandleRange, type LoadedCandles } from './candle-columns.ts';
import { CandlePages } from './candle-pages.ts';
import { CandleStore, type Extent } from './candle-store.ts';
import { candleStream } from './candle-stream.ts';
import { type ExchangeRow, MarketCatalogue, type MarketReference, type MarketRow } from './catalogue.ts';
import { csvFromString, type CsvText } from './csv/lines.ts';
import { CandleFeeds, type OpenFeed } from './feeds.ts';
import { CandleFetcher, type FetchOptions, type FetchReport } from './fetch.ts';
import type { GapReport } from './gaps.ts';
import { CandleImporter, type ImportOptions, type ImportReport } from './import.ts';
import { latestStream } from './latest-stream.ts';
import { exchangesNamed, MarketLists } from './market-lists.ts';
import { MarketQuotes } from './market-quotes.ts';
import { MarketDataRetention } from './retention.ts';
import type { SeriesKey } from './series-key.ts';

/** Rows of CSV that one request may bring; larger files are imported by command. */
export const mostRowsInRequest = 20_000;
/** How often a second the forming candle may be told to one subscriber. */
export const highestRate = 20;

/** A stored series: how much of it there is, and what is missing. */
export interface Coverage extends SeriesKey, Extent {
  readonly gaps: GapReport;
}

export interface CandleSubscription {
  readonly market: MarketReference;
  readonly timeframe: Timeframe;
  readonly since?: Date;
  readonly closedOnly: boolean;
  readonly maxRate: number;
}

/** Markets and what is known of them: candles stored, imported, fetched and live; tickers and books. */
export class MarketDataService {
  readonly feeds: CandleFeeds;
  readonly quotes: MarketQuotes;
  readonly retention: MarketDataRetention;
  private readonly exchangesHere: Exchanges;
  private readonly catalogue: MarketCatalogue;
  private readonly lists: MarketLists;
  private readonly store: CandleStore;
  private readonly columns: CandleColumns;
  private readonly pages: CandlePages;
  private readonly importer: CandleImporter;
  private readonly fetcher: CandleFetcher;

  /** @param options.candleCacheBytes what stored candles may take in memory */
  constructor(options: { database: Database; exchanges: Exchanges; clock: Clock; logger: Logger; candleCacheBytes?: number }) {
    const { database, exchanges, clock, logger, candleCacheBytes } = options;
    const findSource = exchanges.findSource.bind(exchanges);
    const source = exchanges.source.bind(exchanges);
    this.exchangesHere = exchanges;
    this.catalogue = new MarketCatalogue(database);
    this.lists = new MarketLists(this.catalogue, findSource);
    this.store = new CandleStore(database);
    this.columns = new CandleColumns(this.store, findSource, candleCacheBytes);
    this.pages = new CandlePages(this.store, this.columns, findSource);
    this.importer = new CandleImporter({ database, catalogue: this.catalogue, store: this.store, clock, findSource });
    this.feeds = new CandleFeeds({ sourceOf: source, store: this.store, logger });
    this.fetcher = new CandleFetcher({
      database,
      catalogue: this.catalogue,
      store: this.store,
      source,
      candlesOf: (key) => this.feeds.candlesOf(key),
      onStored: (key, from) => this.feeds.storedByOthers(key, from),
    });
    this.retention = new MarketDataRetention({ database, store: this.store, clock, logger });
    this.quotes = new MarketQuotes({
      ready: (exchange) => exchanges.ready(exchange),
      sourceOf: source,
      market: (reference, path) => this.market(reference, path),
      logger,
      now: () => clock.now().getTime(),
    });
  }

  /** Enters the exchanges and the built-in markets into the catalogue; once, when the program starts. */
  async start(): Promise<void> {
    await this.catalogue.seed(this.exchangesHere.builtIn);
    this.feeds.start();
    this.quotes.start();
  }

  /** Ends all feeds; what they had received is stored first. */
  stop(): Promise<void> {
    this.quotes.stop();
    return this.feeds.close();
  }

  exchanges(viewer: Viewer): Promise<ExchangeRow[]> {
    return this.catalogue.exchanges(viewer);
  }

  /** How it stands with the live market data of an exchange; undefined where there is none. */
  connection(exchange: string): Connection | undefined {
    return this.exchangesHere.connection(exchange);
  }

  exchangesById(viewer: Viewer, ids: readonly string[]): Promise<Map<string, ExchangeRow>> {
    return this.catalogue.exchangesById(viewer, ids);
  }

  /** A page of markets, by symbol. Those of an exchange that the filter names are listed first, if need be. @throws DomainError EXCHANGE_UNAVAILABLE */
  async markets(viewer: Viewer, where: RowFilter<Market> | undefined, page: PageArguments): Promise<Page<MarketRow>> {
    await this.lists.wanted(exchangesNamed(where));
    return this.catalogue.markets(viewer, where, page);
  }

  countMarkets(viewer: Viewer, where: RowFilter<Market> | undefined): Promise<{ value: number; exact: boolean }> {
    return this.catalogue.countMarkets(viewer, where);
  }

  marketsById(viewer: Viewer, ids: readonly string[]): Promise<Map<string, MarketRow>> {
    return this.catalogue.marketsById(viewer, ids);
  }

  /** Undefined when there is no such market. @throws DomainError EXCHANGE_UNAVAILABLE when its exchange had to be asked and does not answer */
  async findMarket(reference: MarketReference): Promise<(MarketRow & { exchange: string }) | undefined> {
    const found = await this.catalogue.findMarket(reference);
    if (found || 'id' in reference) return found;
    await this.lists.missing(reference.exchange);
    return this.catalogue.findMarket(reference);
  }

  /** @throws DomainError NOT_FOUND naming what is not there, EXCHANGE_UNAVAILABLE as `findMarket` does */
  async market(reference: MarketReference, path?: readonly string[]): Promise<MarketRow & { exchange: string }> {
    const found = await this.findMarket(reference).catch((error: unknown) =>
      path ? throwAt(error, path) : Promise.reject(error),
    );
    if (found) return found;
    return this.catalogue.market(reference, path);
  }

  /** Closed candles of a market, page by page. @throws DomainError NOT_FOUND when the range is the wrong way round */
  async candles(key: SeriesKey, range: CandleRange, page: PageArguments): Promise<Page<Candle>> {
    return this.pages.page(key, checkedRange(range), page);
  }

  async countCandles(key: SeriesKey, range: CandleRange): Promise<{ value: number; exact: boolean }> {
    return this.pages.count(key, checkedRange(range));
  }

  /** What there is of a range, without loading it. @throws DomainError NOT_FOUND when there is nothing */
  async rangeCoverage(key: SeriesKey, range: CandleRange): Promise<{ readonly candles: number; readonly gaps: GapReport }> {
    return this.columns.coverage(key, checkedRange(range));
  }

  /** The finest candles over the whole of a range of longer ones. @throws DomainError NOT_FOUND when there are none */
  async finestTimeframe(key: SeriesKey, range: CandleRange = {}): Promise<Timeframe> {
    return this.columns.finest(key, checkedRange(range));
  }

  /** A range as columns, for whoever computes with it; see `CandleColumns`. */
  async load(key: SeriesKey, range: CandleRange = {}, options: { shared?: boolean } = {}): Promise<LoadedCandles> {
    return this.columns.load(key, checkedRange(range), options);
  }

  /** The same without what is told beside it. `from <= openTime < to`, ms UTC. */
  async loadCandles(exchange: string, symbol: string, timeframe: Timeframe, from: number, to: number): Promise<Candles> {
    return (await this.load({ exchange, symbol, timeframe }, { from, to })).candles;
  }

  /**
   * Candles from CSV text in a request. Everybody uses the same candles, so only an administrator may change stored ones.
   * @throws DomainError INVALID naming the first bad rows, or the cap of rows
   */
  importText(viewer: Viewer, key: SeriesKey, text: string): Promise<ImportReport> {
    const mayRevise = viewer.role === 'ADMIN';
    return this.importer.import(csvFromString('the CSV text', text), key, { mayRevise, maxRows: mostRowsInRequest });
  }

  /** Candles from a file; for the operator's commands. */
  importFile(text: CsvText, key: SeriesKey, options: Omit<ImportOptions, 'mayRevise'> = {}): Promise<ImportReport> {
    return this.importer.import(text, key, { ...options, mayRevise: true });
  }

  /** Brings past candles from an exchange into the database. */
  fetch(key: SeriesKey, options: FetchOptions): Promise<FetchReport> {
    return this.fetcher.fetch(key, options);
  }

  /**
   * The whole candles of a range that an exchange can give. @throws DomainError EXCHANGE_UNAVAILABLE, INVALID when there are none
   * @param path of the argument to blame
   */
  async fetchableRange(
    key: SeriesKey,
    range: Pick<FetchOptions, 'from' | 'to'>,
    path: readonly string[],
  ): Promise<{ readonly from: number; readonly to: number }> {
    await this.exchangesHere.ready(key.exchange);
    try {
      return this.fetcher.range(key, range);
    } catch (error) {
      throw error instanceof DomainError ? new DomainError(error.code, error.message, { path, cause: error }) : error;
    }
  }

  /** What is stored, series by series, with its gaps. */
  async coverage(filter: Partial<SeriesKey> = {}): Promise<Coverage[]> {
    const series = await this.store.series(filter);
    return Promise.all(series.map(async (one) => ({ ...one, gaps: await this.store.gaps(one, one.from, one.to + 1) })));
  }

  /**
   * How the live candles of a market stand: now, while somebody follows them, and whenever that changes.
   * @throws DomainError NOT_FOUND for an unknown market
   */
  async subscribeFeed(
    reference: MarketReference,
    timeframe: Timeframe,
    signal?: AbortSignal,
  ): Promise<AsyncIterableIterator<OpenFeed>> {
    const { exchange, symbol } = await this.market(reference, ['market']);
    return latestStream({
      keys: [{ exchange, symbol, timeframe }],
      subscribe: (key, listener: (feed: OpenFeed) => void) => this.feeds.follow(key, listener),
      maxRate: highestRate,
      ...(signal && { signal }),
    });
  }

  /**
   * The candles of a market as they come: closed ones since a moment without a gap, the forming one at its latest value.
   * @throws DomainError NOT_FOUND for an unknown market, EXCHANGE_UNAVAILABLE when it has no live candles, INVALID for a rate out of range
   */
  async subscribe(subscription: CandleSubscription, signal?: AbortSignal): Promise<AsyncIterableIterator<CandleUpdate>> {
    const { market, timeframe, since, closedOnly, maxRate } = subscription;
    if (!(maxRate >= 1 && maxRate <= highestRate))
      throw new DomainError('INVALID', `maxRate is ${maxRate}, it must be from 1 to ${highestRate}`, { path: ['maxRate'] });
    const { exchange, symbol } = await this.market(market, ['market']);
    await this.exchangesHere.ready(exchange);
    const source = this.exchangesHere.source(exchange);
    const options = {
      key: { exchange, symbol, timeframe },
      closedOnly,
      maxRate,
      ...(since && { since: since.getTime() }),
      ...(signal && { signal }),
    };
    return candleStream(
      {
        now: () => source.now(),
        subscribe: (key, listener) => this.feeds.subscribe(key, listener),
        closedFrom: async (key, from, limit) =>
          withUnsaved(await this.pages.closedFrom(key, from, limit), this.feeds.notStored(key), from, limit),
      },
      options,
    );
  }
}

/** Stored candles and those that were told but could not be stored yet. */
function withUnsaved(stored: readonly Candle[], unsaved: readonly Candle[], from: number, limit: number): readonly Candle[] {
  const last = stored.at(-1)?.openTime ?? from - 1;
  return unsaved.length === 0 || stored.length >= limit
    ? stored
    : [...stored, ...unsaved.filter((candle) => candle.openTime > last)].slice(0, limit);
}

function checkedRange(range: CandleRange): CandleRange {
  const { from, to } = range;
  if (from !== undefined && to !== undefined && from > to)
    throw new DomainError('INVALID', `from ${new Date(from).toISOString()} is after to ${new Date(to).toISOString()}`, {
      path: ['from'],
    });
  return range;
}
