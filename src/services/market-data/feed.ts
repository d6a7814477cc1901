import { type Candle, isSameCandle } from '../../trading/candle.ts';
import { openTimeAt, timeframeMs } from '../../trading/timeframe.ts';
import { DomainError } from '../errors.ts';
import type { CandleSource, CandleUpdate } from '../exchanges/port/market-data.ts';
import type { Unsubscribe } from '../exchanges/port/subscription.ts';
import type { Logger } from '../logger.ts';
import { FeedHalts } from './feed-halts.ts';
import { FeedHealth, type FeedStatus } from './feed-health.ts';
import { FeedWriter, type FeedStore } from './feed-writer.ts';
import { MissedCandles } from './missed-candles.ts';
import { MissedCorrections } from './missed-corrections.ts';
import { type SeriesKey, seriesName } from './series-key.ts';

export type { FeedStore } from './feed-writer.ts';

export interface FeedOptions {
  readonly key: SeriesKey;
  readonly source: Pick<CandleSource, 'now' | 'history' | 'subscribeCandles' | 'isHalted'>;
  readonly store: FeedStore;
  readonly logger: Logger;
  /** Told of each change of the feed's state. */
  readonly onStatus?: (status: FeedStatus) => void;
  /** Our own clock, ms UTC. */
  readonly wallClock?: () => number;
}

/** How long nothing may come beyond the length of a candle, ms. */
const graceMs = 30_000;
/** Long candles are revised all the time while they form: silence is noticed sooner than at their end. */
const longestPatienceMs = 300_000;
/** Closed candles that are remembered, so that one that is told again costs nothing. */
const remembered = 16;

interface Listener {
  readonly tell: (update: CandleUpdate) => void;
  readonly corrected: (candle: Candle) => void;
}

/**
 * The live candles of one market and timeframe, for all who watch them: one upstream subscription, however many listeners. A closed candle is
 * stored, then told, exactly once and in order; what the upstream left out is fetched and told in its place, and as long as the exchange does
 * not answer, what comes after it waits. A closed candle that the exchange corrects later is stored, for all who read; corrections that were made while
 * nobody heard are looked up in its records. The forming candle is told at its latest value whenever nothing else is under way.
 */
export class CandleFeed {
  private readonly options: FeedOptions;
  private readonly health: FeedHealth;
  private readonly halts: FeedHalts;
  private readonly writer: FeedWriter;
  private readonly missed: MissedCandles;
  private readonly corrections: MissedCorrections;
  private readonly listeners = new Set<Listener>();
  private readonly ending = new AbortController();
  private stopUpstream: Unsubscribe;
  private waiting: Candle[] = [];
  private forming: Candle | undefined;
  private latest: CandleUpdate | undefined;
  private recent: Candle[] = [];
  /** Open time of the last candle that was told closed, or that had closed before anybody listened. */
  private lastClosed: number;
  private work: Promise<void> | undefined;

  constructor(options: FeedOptions) {
    this.options = options;
    const { key, source, store, logger, onStatus } = options;
    const now = options.wallClock ?? Date.now;
    this.health = new FeedHealth(now, (status) => {
      if (status.reason !== null) logger.warn(`${seriesName(key)} is degraded: ${status.reason}`);
      else logger.debug(`${seriesName(key)} is ${status.state.toLowerCase()}`);
      onStatus?.(status);
    });
    this.halts = new FeedHalts({ key, source, health: this.health, logger, signal: this.ending.signal });
    this.writer = new FeedWriter({ key, store, logger, health: this.health });
    this.corrections = new MissedCorrections({ key, source, store });
    this.missed = new MissedCandles({
      key,
      source,
      store,
      logger,
      health: this.health,
      signal: this.ending.signal,
      lastClosed: () => this.lastClosed,
      take: (closed) => this.storeAndTell(closed),
      onStoredUpTo: (openTime) => this.corrections.missedSince(openTime),
    });
    this.lastClosed = openTimeAt(key.timeframe, source.now()) - timeframeMs(key.timeframe);
    this.stopUpstream = this.subscribe();
    this.start(() => this.missed.fetch());
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
    return this.writer.notStored;
  }

  get status(): FeedStatus {
    return this.health.status;
  }

  /** @param onCorrected told of a closed candle that the exchange has changed since */
  add(listener: (update: CandleUpdate) => void, onCorrected?: (candle: Candle) => void): Unsubscribe {
    const entry: Listener = { tell: (update) => listener(update), corrected: (candle) => onCorrected?.(candle) };
    this.listeners.add(entry);
    return () => this.listeners.delete(entry);
  }

  /** Resolves when everything received so far has been told. */
  async settled(): Promise<void> {
    while (this.work) await this.work;
  }

  /** Ends the feed. What it has received is stored; `settled` tells when. */
  stop(): void {
    this.stopUpstream();
    this.listeners.clear();
    this.ending.abort();
  }

  /** A look from time to time: a silent market is subscribed again, and what could not be fetched or stored is tried again. */
  check(): void {
    if (this.ending.signal.aborted) return;
    const { key } = this.options;
    const patience = Math.min(timeframeMs(key.timeframe), longestPatienceMs) + graceMs;
    if (this.health.silentFor >= patience) this.subscribeAgain();
    // The connection is given its time, but a halt is seen at once.
    else this.halts.askWhenUnusual();
    if (this.missed.isDue) this.start(() => this.missed.fetch());
    if (this.writer.hasWork) this.start(() => this.writer.retry(this.options.source));
  }

  /** See `CandleFeeds`. */
  storedByOthers(from: number): void {
    this.corrections.resumed(from);
  }

  /** The records are to be read for corrections that were missed; see `findCorrections`. */
  get mayLackCorrections(): boolean {
    // Since when is known once the feed has looked what is stored.
    return this.corrections.isDue && !this.work && !this.ending.signal.aborted;
  }

  /** Reads the records for corrections that were missed, beside everything else that goes on. Never throws. */
  async findCorrections(): Promise<void> {
    const { key, logger } = this.options;
    try {
      const found = await this.corrections.find();
      if (this.ending.signal.aborted || found.length === 0) return;
      logger.info(`${key.exchange} has corrected ${found.length} candles of ${seriesName(key)} unheard`);
      // What was stored is something else, whatever this feed has heard: another process may have written it.
      const times = new Set(found.map(({ openTime }) => openTime));
      this.recent = this.recent.filter(({ openTime }) => !times.has(openTime));
      this.waiting.push(...found);
      this.start();
    } catch (error) {
      logger.warn({ err: error }, `whether candles of ${seriesName(key)} were corrected is not known yet`);
    }
  }

  private subscribeAgain(): void {
    const since = this.health.silentSince;
    if (this.health.isHalted) this.health.resubscribed();
    else this.silent(`the exchange has told nothing ${since}; it was subscribed again`);
    void this.halts.ask();
    this.stopUpstream();
    this.stopUpstream = () => {};
    try {
      this.stopUpstream = this.subscribe();
    } catch (error) {
      const why = error instanceof DomainError ? error.message : 'it is tried again';
      if (!this.health.isHalted) this.silent(`the exchange has told nothing ${since}, and cannot be subscribed: ${why}`);
      return;
    }
    this.start(() => this.missed.fetch());
  }

  private silent(reason: string): void {
    this.health.wrong('SILENCE', reason);
    this.health.resubscribed();
  }

  private subscribe(): Unsubscribe {
    const { key, source } = this.options;
    return source.subscribeCandles(
      key.symbol,
      key.timeframe,
      (update) => this.receive(update),
      (since) => this.corrections.resumed(since),
    );
  }

  private receive({ candle, isClosed }: CandleUpdate): void {
    this.health.heard();
    if (isClosed) this.waiting.push(candle);
    else this.forming = candle;
    this.start();
  }

  /** One piece of work at a time; what comes meanwhile is taken up together when it is done. */
  private start(first?: () => Promise<void>): void {
    this.work ??= this.run(first)
      .catch((error: unknown) => this.options.logger.error({ err: error }, `${seriesName(this.options.key)} failed`))
      .finally(() => {
        this.work = undefined;
        if (this.waiting.length > 0 || this.forming) this.start();
      });
  }

  private async run(first?: () => Promise<void>): Promise<void> {
    if (first) await first();
    while (this.waiting.length > 0) await this.takeClosed(this.waiting.splice(0).sort((a, b) => a.openTime - b.openTime));
    const { forming } = this;
    this.forming = undefined;
    if (forming && forming.openTime > this.lastClosed) this.tell({ candle: forming, isClosed: false });
  }

  /** @param batch closed candles, ascending; one that closed before is nothing new, unless it has other values now */
  private async takeClosed(batch: readonly Candle[]): Promise<void> {
    const { key } = this.options;
    let fresh: Candle[] = [];
    const corrected: Candle[] = [];
    for (const candle of batch) {
      const next = (fresh.at(-1)?.openTime ?? this.lastClosed) + timeframeMs(key.timeframe);
      if (candle.openTime < next) {
        corrected.push(candle);
        continue;
      }
      if (candle.openTime > next) {
        await this.storeAndTell(fresh);
        fresh = [];
        // Stored without what is missing before it, it would hide the hole from the next start.
        if (!(await this.missed.fetchBetween(next, candle.openTime))) return;
      }
      fresh.push(candle);
    }
    await this.storeAndTell(fresh);
    await this.correct(corrected);
  }

  private async correct(candles: readonly Candle[]): Promise<void> {
    for (const { openTime } of candles) this.corrections.told(openTime);
    const other = candles.filter((candle) => !this.recent.some((known) => isSameCandle(known, candle)));
    if (other.length === 0) return;
    await this.writer.write(other);
    this.remember(other);
    for (const candle of other) this.tellEach(({ corrected }) => corrected(candle));
  }

  private async storeAndTell(closed: readonly Candle[]): Promise<void> {
    const fresh: Candle[] = [];
    for (const candle of closed) {
      if (candle.openTime <= (fresh.at(-1)?.openTime ?? this.lastClosed)) continue;
      fresh.push(candle);
    }
    if (fresh.length === 0) return;
    await this.writer.write(fresh);
    this.remember(fresh);
    for (const candle of fresh) {
      this.lastClosed = candle.openTime;
      this.tell({ candle, isClosed: true });
    }
  }

  private remember(candles: readonly Candle[]): void {
    const times = new Set(candles.map(({ openTime }) => openTime));
    this.recent = [...this.recent.filter(({ openTime }) => !times.has(openTime)), ...candles].slice(-remembered);
  }

  private tell(update: CandleUpdate): void {
    this.latest = update;
    this.tellEach(({ tell }) => tell(update));
  }

  private tellEach(tell: (listener: Listener) => void): void {
    for (const listener of this.listeners) {
      try {
        tell(listener);
      } catch (error) {
        // One listener's mistake must not cost the others their candle.
        this.options.logger.error({ err: error }, `a listener of ${seriesName(this.options.key)} failed`);
      }
    }
  }
}
