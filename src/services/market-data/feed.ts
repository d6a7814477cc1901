import type { Candle, Candles } from '../../trading/candle.ts';
import { candleAt, candlesOf, sliceCandles } from '../../trading/series.ts';
import { timeframeMs } from '../../trading/timeframe.ts';
import type { CandleSource, CandleUpdate, Unsubscribe } from '../exchanges/port.ts';
import type { Logger } from '../logger.ts';
import { type SeriesKey, seriesName } from './series-key.ts';

/** Where closed candles go. */
export interface FeedStore {
  upsert(key: SeriesKey, candles: Candles): Promise<unknown>;
  /** Open time of the newest stored candle. */
  last(key: SeriesKey): Promise<number | undefined>;
}

export interface FeedOptions {
  readonly key: SeriesKey;
  readonly source: CandleSource;
  readonly store: FeedStore;
  readonly logger: Logger;
}

/** Missing candles that a feed fetches by itself; a longer hole is left to be filled on purpose, and shows in the coverage. */
const mostFetched = 10_000;
/** Candles that could not be stored and are kept to be tried again. */
const mostUnsaved = 1_000;

/**
 * The live candles of one market and timeframe, for all who watch them: one upstream subscription, however many listeners. A closed candle is
 * stored, then told, exactly once and in order; what the upstream left out is fetched and told in its place. The forming candle
 * is told at its latest value whenever nothing else is under way.
 */
export class CandleFeed {
  private readonly options: FeedOptions;
  private readonly listeners = new Set<(update: CandleUpdate) => void>();
  private readonly stopUpstream: Unsubscribe;
  private waiting: Candle[] = [];
  private forming: Candle | undefined;
  private latest: CandleUpdate | undefined;
  private unsaved: Candle[] = [];
  private lastClosed: number | undefined;
  private work: Promise<void> | undefined;

  constructor(options: FeedOptions) {
    this.options = options;
    const { key, source } = options;
    this.stopUpstream = source.subscribeCandles(key.symbol, key.timeframe, (update) => this.receive(update));
    this.start(() => this.fetchMissed());
  }

  get listenerCount(): number {
    return this.listeners.size;
  }

  /** The newest that was told; a late listener gets it first. */
  get newest(): CandleUpdate | undefined {
    return this.latest;
  }

  /** Closed candles that are told but could not be stored yet. */
  get notStored(): readonly Candle[] {
    return this.unsaved;
  }

  add(listener: (update: CandleUpdate) => void): Unsubscribe {
    const entry = (update: CandleUpdate): void => listener(update);
    this.listeners.add(entry);
    return () => this.listeners.delete(entry);
  }

  /** Resolves when everything received so far has been told. */
  async settled(): Promise<void> {
    while (this.work) await this.work;
  }

  stop(): void {
    this.stopUpstream();
    this.listeners.clear();
  }

  private receive({ candle, isClosed }: CandleUpdate): void {
    if (isClosed) this.waiting.push(candle);
    else this.forming = candle;
    this.start();
  }

  /** One piece of work at a time; what comes meanwhile is taken up together when it is done. */
  private start(first?: () => Promise<void>): void {
    this.work ??= this.run(first).finally(() => {
      this.work = undefined;
      if (this.waiting.length > 0 || this.forming) this.start();
    });
  }

  private async run(first?: () => Promise<void>): Promise<void> {
    if (first) await first();
    while (this.waiting.length > 0) {
      const [candle] = this.waiting;
      await this.fetchBetween(candle.openTime);
      await this.storeAndTell(this.waiting.splice(0));
    }
    const { forming } = this;
    this.forming = undefined;
    if (forming && forming.openTime > (this.lastClosed ?? -1)) this.tell({ candle: forming, isClosed: false });
  }

  /** What closed while nobody watched, so that the stored series has no hole where the feed begins. */
  private async fetchMissed(): Promise<void> {
    const { key, source, store } = this.options;
    await this.guarded('could not fetch the candles missed by', async () => {
      const last = await store.last(key);
      const missing = last === undefined ? 0 : (source.now() - last) / timeframeMs(key.timeframe) - 1;
      if (last === undefined || missing < 1 || missing > mostFetched) return;
      const candles = await source.history(key.symbol, key.timeframe, last + timeframeMs(key.timeframe), source.now());
      // What has arrived live meanwhile is stored when it is told.
      const live = this.waiting.length > 0 ? this.waiting[0].openTime : Number.POSITIVE_INFINITY;
      const count = candles.openTime.findLastIndex((openTime) => openTime < live) + 1;
      if (count > 0) await store.upsert(key, sliceCandles(candles, 0, count));
    });
  }

  /** What the upstream left out before a candle that it did send. */
  private async fetchBetween(openTime: number): Promise<void> {
    const { key, source } = this.options;
    if (this.lastClosed === undefined) return;
    const from = this.lastClosed + timeframeMs(key.timeframe);
    if (openTime <= from) return;
    await this.guarded('could not fetch the candles left out by', async () => {
      const candles = await source.history(key.symbol, key.timeframe, from, openTime);
      await this.storeAndTell(Array.from(candles.openTime, (_, i) => candleAt(candles, i)));
    });
  }

  private async storeAndTell(closed: readonly Candle[]): Promise<void> {
    const fresh: Candle[] = [];
    for (const candle of closed) {
      if (candle.openTime <= (fresh.at(-1)?.openTime ?? this.lastClosed ?? -1)) continue;
      fresh.push(candle);
    }
    if (fresh.length === 0) return;
    const toStore = [...this.unsaved, ...fresh];
    this.unsaved = toStore.slice(-mostUnsaved);
    await this.guarded('could not store candles of', async () => {
      await this.options.store.upsert(this.options.key, candlesOf(toStore));
      this.unsaved = [];
    });
    for (const candle of fresh) {
      this.lastClosed = candle.openTime;
      this.tell({ candle, isClosed: true });
    }
  }

  private tell(update: CandleUpdate): void {
    this.latest = update;
    for (const listener of this.listeners) {
      try {
        listener(update);
      } catch (error) {
        // One listener's mistake must not cost the others their candle.
        this.options.logger.error({ err: error }, `a listener of ${seriesName(this.options.key)} failed`);
      }
    }
  }

  /** Trouble with the database or the exchange must not stop the stream. */
  private async guarded(trouble: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.options.logger.warn({ err: error }, `${trouble} ${seriesName(this.options.key)}`);
    }
  }
}
