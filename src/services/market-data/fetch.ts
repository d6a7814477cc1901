import { setTimeout as sleep } from 'node:timers/promises';
import type { Candles } from '../../trading/candle.ts';
import { openTimeAt, timeframeMs } from '../../trading/timeframe.ts';
import type { Database } from '../database/index.ts';
import { DomainError } from '../errors.ts';
import type { CandleSource } from '../exchanges/port/market-data.ts';
import type { CandleStore } from './candle-store.ts';
import type { MarketCatalogue } from './catalogue.ts';
import type { GapReport } from './gaps.ts';
import { type SeriesKey, seriesName } from './series-key.ts';

/** What a fetch did. */
export interface FetchReport extends SeriesKey {
  /** Closed candles that the exchange gave. */
  readonly fetched: number;
  /** Candles that were here already, whole stretches of them: the exchange was not asked for these. */
  readonly known: number;
  /** Those that were new here or had other values. */
  readonly stored: number;
  readonly from: number;
  readonly to: number;
  readonly gaps: GapReport;
}

/** How far a fetch is. */
export interface FetchProgress {
  /** 0 to 1. */
  readonly fraction: number;
  readonly fetched: number;
  readonly known: number;
  readonly stored: number;
}

export interface FetchOptions {
  /** Open time of the first candle, ms UTC. */
  readonly from: number;
  /** Candles open before this; now when left out. */
  readonly to?: number;
  /** Asks the exchange for what is here already, too: it may have corrected it. */
  readonly refetch?: boolean;
  readonly onProgress?: (progress: FetchProgress) => void;
  /** Stops it at the next piece; what is stored stays. */
  readonly signal?: AbortSignal;
}

/** Candles that are asked for and stored together. */
const piece = 5_000;
/** Times that an exchange may fail to answer one after the other. */
const mostFailures = 8;
const longestRetryMs = 60_000;

interface Parts {
  readonly database: Database;
  readonly catalogue: MarketCatalogue;
  readonly store: CandleStore;
  /** Throws for an exchange without a connection. */
  readonly source: (exchange: string) => Pick<CandleSource, 'beginsAt' | 'now'>;
  /** Where the candles come from. */
  readonly candlesOf: (key: SeriesKey) => Pick<CandleSource, 'history'>;
  /** Told when candles from a moment on (ms UTC) have been stored as they were asked for: the exchange may have corrected some meanwhile. */
  readonly onStored?: (key: SeriesKey, from: number) => void;
  /** Between two attempts at first, ms; doubled each time. A second unless told. */
  readonly retryMs?: number;
}

/**
 * Brings past candles from an exchange into the database, piece by piece. Stopped anywhere, it leaves whole candles; starting again goes on
 * where it stopped, because what is stored in full is not asked for again. An exchange that does not answer, or wants to be left alone, is tried again.
 */
export class CandleFetcher {
  private readonly parts: Parts;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  /**
   * The whole candles between two moments that have closed.
   * @throws DomainError INVALID when there are none
   */
  range(key: SeriesKey, { from: wanted, to }: Pick<FetchOptions, 'from' | 'to'>): { from: number; to: number } {
    const source = this.parts.source(key.exchange);
    const from = openTimeAt(key.timeframe, Math.max(wanted, source.beginsAt) + timeframeMs(key.timeframe) - 1);
    const end = Math.min(to ?? Number.POSITIVE_INFINITY, openTimeAt(key.timeframe, source.now()));
    if (from < end) return { from, to: end };
    throw new DomainError(
      'INVALID',
      `there is nothing to fetch of ${seriesName(key)} from ${new Date(wanted).toISOString()}: no candle closed between then and ${new Date(end).toISOString()}`,
      { path: ['from'] },
    );
  }

  /** @throws DomainError for an exchange or market that cannot be reached, or an empty range; the signal's reason when it is aborted */
  async fetch(key: SeriesKey, options: FetchOptions): Promise<FetchReport> {
    const { database, catalogue, store } = this.parts;
    const { signal, onProgress, refetch = false } = options;
    const { from, to } = this.range(key, options);
    const length = timeframeMs(key.timeframe);
    const sum = { fetched: 0, known: 0, stored: 0 };
    for (let start = from; start < to; start += piece * length) {
      signal?.throwIfAborted();
      const end = Math.min(to, start + piece * length);
      const there = refetch ? undefined : await store.extent(key, start, end);
      if (there && there.count >= Math.ceil((end - start) / length)) sum.known += there.count;
      else {
        const candles = await this.history(key, start, end, signal);
        if (sum.fetched === 0) await database.transaction((em) => catalogue.ensureMarket(em, key.exchange, key.symbol));
        sum.fetched += candles.openTime.length;
        sum.stored += await store.upsert(key, candles);
      }
      onProgress?.({ ...sum, fraction: (end - from) / (to - from) });
    }
    if (sum.stored > 0) this.parts.onStored?.(key, from);
    return { ...key, ...sum, from, to, gaps: await store.gaps(key, from, to) };
  }

  private async history(key: SeriesKey, from: number, to: number, signal: AbortSignal | undefined): Promise<Candles> {
    let wait = this.parts.retryMs ?? 1_000;
    for (let failures = 1; ; failures++) {
      try {
        return await this.parts.candlesOf(key).history(key.symbol, key.timeframe, from, to);
      } catch (error) {
        if (!(error instanceof DomainError) || error.code !== 'EXCHANGE_UNAVAILABLE' || failures >= mostFailures) throw error;
        await sleep(Math.max(wait, Number(error.details['retryAfterMs'] ?? 0)), undefined, signal && { signal }).catch(
          () => undefined,
        );
        signal?.throwIfAborted();
        wait = Math.min(2 * wait, longestRetryMs);
      }
    }
  }
}
