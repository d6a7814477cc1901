import { openTimeAt, timeframeMs } from '../../trading/timeframe.ts';
import type { Database } from '../database/index.ts';
import { DomainError } from '../errors.ts';
import type { CandleSource } from '../exchanges/port.ts';
import type { CandleStore } from './candle-store.ts';
import type { MarketCatalogue } from './catalogue.ts';
import type { GapReport } from './gaps.ts';
import { type SeriesKey, seriesName } from './series-key.ts';

/** What a fetch did. */
export interface FetchReport extends SeriesKey {
  /** Closed candles that the exchange gave. */
  readonly fetched: number;
  /** Those that were new here or had other values. */
  readonly stored: number;
  readonly from: number;
  readonly to: number;
  readonly gaps: GapReport;
}

export interface FetchOptions {
  /** Open time of the first candle, ms UTC. */
  readonly from: number;
  /** Candles open before this; now when left out. */
  readonly to?: number;
  readonly onProgress?: (fraction: number) => void;
}

/** Candles that are asked for and stored together. */
const piece = 20_000;

/** Brings past candles from an exchange into the database, piece by piece: stopped halfway, it leaves whole candles, and starting again goes on. */
export class CandleFetcher {
  private readonly database: Database;
  private readonly catalogue: MarketCatalogue;
  private readonly store: CandleStore;
  private readonly source: (exchange: string) => CandleSource;

  /** @param options.source throws for an exchange without a connection */
  constructor(options: {
    database: Database;
    catalogue: MarketCatalogue;
    store: CandleStore;
    source: (exchange: string) => CandleSource;
  }) {
    this.database = options.database;
    this.catalogue = options.catalogue;
    this.store = options.store;
    this.source = options.source;
  }

  /** @throws DomainError for an exchange or market that cannot be reached, or an empty range */
  async fetch(key: SeriesKey, options: FetchOptions): Promise<FetchReport> {
    const source = this.source(key.exchange);
    const length = timeframeMs(key.timeframe);
    const from = openTimeAt(key.timeframe, Math.max(options.from, source.beginsAt) + length - 1);
    const to = Math.min(options.to ?? Number.POSITIVE_INFINITY, openTimeAt(key.timeframe, source.now()));
    if (from >= to)
      throw new DomainError(
        'INVALID',
        `there is nothing to fetch of ${seriesName(key)} from ${new Date(options.from).toISOString()}: no candle closed between then and ${new Date(to).toISOString()}`,
        { path: ['from'] },
      );
    let fetched = 0;
    let stored = 0;
    for (let start = from; start < to; start += piece * length) {
      const candles = await source.history(key.symbol, key.timeframe, start, Math.min(to, start + piece * length));
      if (fetched === 0) await this.database.transaction((em) => this.catalogue.ensureMarket(em, key.exchange, key.symbol));
      fetched += candles.openTime.length;
      stored += await this.store.upsert(key, candles);
      options.onProgress?.(Math.min(1, (start + piece * length - from) / (to - from)));
    }
    return { ...key, fetched, stored, from, to, gaps: await this.store.gaps(key, from, to) };
  }
}
