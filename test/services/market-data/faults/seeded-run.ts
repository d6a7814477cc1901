import { Exchange } from '../../../../src/entities/exchange/Exchange.ts';
import { CcxtMarketData } from '../../../../src/services/exchanges/ccxt/ccxt-market-data.ts';
import { DomainError } from '../../../../src/services/errors.ts';
import { createLogger } from '../../../../src/services/logger.ts';
import { CandleFetcher } from '../../../../src/services/market-data/fetch.ts';
import { CandleFeeds } from '../../../../src/services/market-data/feeds.ts';
import type { SeriesKey } from '../../../../src/services/market-data/series-key.ts';
import { CandleStore } from '../../../../src/services/market-data/candle-store.ts';
import { MarketCatalogue } from '../../../../src/services/market-data/catalogue.ts';
import type { Database } from '../../../../src/services/database/index.ts';
import type { Candle } from '../../../../src/trading/candle.ts';
import { resample } from '../../../../src/trading/resample.ts';
import { candleAt, candlesOf } from '../../../../src/trading/series.ts';
import { openTimeAt } from '../../../../src/trading/timeframe.ts';
import { seededCandle, type VenueCandle } from '../../../support/venue/candles.ts';
import { type RestFault, Seeded } from '../../../support/venue/faults.ts';
import { Pinned } from '../../../support/venue/pin.ts';
import { until } from '../../../support/venue/until.ts';
import { Venue } from '../../../support/venue/venue.ts';

export const minute = 60_000;
const topic = 'btcusdt@kline_1m';
const klines = 'GET /api/v3/klines';
const settleMs = 60_000;
/** Candles that the venue has of the time before, and the program has not: what fetches bring. */
const older = 20;
/** A length that the venue makes too, but here is built from shorter candles. */
const longer = 'M3';

/** The program's part in one database. */
interface Here {
  readonly database: Database;
  readonly store: CandleStore;
  readonly fetcher: CandleFetcher;
  /** Closed candles that were told, of all times that the program ran. */
  readonly told: Candle[];
  /** Longer ones, of each time that the program ran. */
  readonly built: { readonly from: number; readonly candles: Candle[] }[];
}

/** What can go wrong in one minute, by name, so that a failing seed can be read. */
const restFaults: readonly Omit<RestFault, 'route'>[] = [
  { effect: 'RESET' },
  { effect: 'TRUNCATE' },
  { effect: 'EMPTY' },
  { effect: 'HTML' },
  { effect: 'STALL' },
  { effect: 'DELAY', delayMs: 150 },
  { effect: 'STATUS', status: 503, times: 2 },
  { effect: 'STATUS', status: 429, retryAfterSeconds: 1 },
  { effect: 'STATUS', status: 418, retryAfterSeconds: 1 },
];

/**
 * One seed: the real client against the venue, minute by minute, while the seed breaks things; the same stream goes into every database, and
 * so do past candles that are fetched meanwhile. The venue's own candles are the truth.
 */
export class SeededRun {
  readonly seed: number;
  /** What the seed did, minute by minute. */
  readonly story: string[] = [];
  private readonly random: Seeded;
  private readonly venue: Venue;
  private readonly pinned: Pinned;
  private readonly source: CcxtMarketData;
  private readonly here: readonly Here[];
  private feeds: CandleFeeds[] = [];
  private readonly from: number;
  private next: number;
  private heldFor = 0;
  private mutedFor = 0;
  private refusedFor = 0;
  private stopping = new AbortController();
  private fetches: Promise<void>[] = [];
  private hasFetched = false;
  /** What went wrong with fetches that is nobody's fault but the program's. */
  private readonly troubles: string[] = [];
  /** Values that candles closed with and that the exchange has corrected since. */
  private readonly superseded: string[] = [];

  private constructor(parts: {
    seed: number;
    random: Seeded;
    venue: Venue;
    pinned: Pinned;
    source: CcxtMarketData;
    databases: readonly Database[];
  }) {
    this.seed = parts.seed;
    this.random = parts.random;
    this.venue = parts.venue;
    this.pinned = parts.pinned;
    this.source = parts.source;
    this.here = parts.databases.map((database) => {
      const store = new CandleStore(database);
      const { source } = parts;
      const catalogue = new MarketCatalogue(database);
      const fetcher = new CandleFetcher({
        database,
        catalogue,
        store,
        source: () => source,
        candlesOf: () => source,
        onStored: (key, from) => this.feeds.forEach((feeds) => feeds.storedByOthers(key, from)),
        retryMs: 50,
      });
      return { database, store, fetcher, told: [], built: [] };
    });
    this.from = Math.floor(parts.venue.now() / minute) * minute;
    this.next = this.from;
  }

  static async open(seed: number, databases: readonly Database[]): Promise<SeededRun> {
    const random = new Seeded(seed);
    const skewMs = (random.below(3) - 1) * minute;
    const venue = await Venue.start({ seed, skewMs });
    const pinned = new Pinned(() => venue);
    const source = await CcxtMarketData.open({ exchange: 'binance', prepare: pinned.prepare, deadlineMs: 400 });
    const run = new SeededRun({ seed, random, venue, pinned, source, databases });
    const before = run.candle(run.from - minute);
    const past = Array.from({ length: older }, (_, i) => run.candle(run.from - (older + 1 - i) * minute));
    venue.addCandles('BTCUSDT', '1m', [...past, before, run.candle(run.from)]);
    for (const { database, store } of run.here) {
      await database.transaction(async (em) => {
        em.create(Exchange, { name: run.key.exchange, displayName: run.key.exchange });
        await em.flush();
      });
      // The program has run before: whatever closes from here on has to be there.
      await store.upsert(run.key, candlesOf([before]));
    }
    run.subscribe();
    await until(() => venue.streams.hears(topic), settleMs);
    return run;
  }

  /** One minute of the market, with what the seed breaks in it. Synchronous: the clocks of all runs move on together afterwards. */
  begin(): void {
    this.endTroubles();
    this.breakSomething();
    const forming = this.candle(this.next);
    for (let i = this.random.below(3); i > 0; i--)
      this.venue.kline(
        'BTCUSDT',
        '1m',
        { ...forming, close: forming.open, high: forming.open, low: forming.open, volume: i },
        false,
      );
  }

  /** The minute is over by the venue's clock: its candle closes. */
  end(): void {
    this.venue.kline('BTCUSDT', '1m', this.candle(this.next), true);
    this.next += minute;
    if (this.random.below(3) > 0) this.venue.kline('BTCUSDT', '1m', { ...this.candle(this.next), volume: 1 }, false);
    else this.venue.candles.put('BTCUSDT', '1m', { ...this.candle(this.next), volume: 1 });
    for (const feeds of this.feeds) feeds.check();
  }

  /** Everything works again. Resolves when what was fetched is there, or there is nothing that was to be fetched. */
  async heal(): Promise<void> {
    this.story.push('healed');
    this.venue.faults.clear();
    this.heldFor = this.mutedFor = this.refusedFor = 1;
    this.endTroubles();
    if (this.feeds.length === 0) this.subscribe();
    await until(() => this.venue.streams.hears(topic), settleMs);
    await Promise.all(this.fetches);
    if (!this.hasFetched) return;
    // Whatever became of those before, one more brings all.
    const reports = this.here.map(({ fetcher }) => fetcher.fetch(this.key, { from: this.from - older * minute }));
    for (const { gaps } of await Promise.all(reports))
      if (gaps.missing > 0) this.troubles.push(`a fetch without trouble left ${gaps.missing} candles out`);
  }

  /** Whether every database has the candles that have closed; until then the feeds are looked after. */
  async isDone(): Promise<boolean> {
    for (const feeds of this.feeds) feeds.check();
    const end = openTimeAt(longer, this.next);
    if (
      this.here.some(({ built }) =>
        built.some(
          ({ from, candles }, i) => i === built.length - 1 && from < end && candles.at(-1)?.openTime !== end - 3 * minute,
        ),
      )
    )
      return false;
    const truth = this.truth();
    const stored = await Promise.all(this.here.map(({ store }) => textsOf(store, this.key)));
    return stored.every((rows) => rows.join() === truth.join());
  }

  /** What is wrong; nothing when all is right. */
  async problems(): Promise<string[]> {
    const truth = this.truth();
    const problems: string[] = [...this.troubles];
    for (const [i, { store, told, built }] of this.here.entries()) {
      const rows = await textsOf(store, this.key);
      if (rows.join() !== truth.join()) problems.push(`stored candles ${i} differ: ${this.describe(rows, truth)}`);
      if (told.some(({ openTime }, at) => at > 0 && openTime <= told[at - 1].openTime))
        problems.push(`candles ${i} were told twice`);
      const known = new Set([...truth, ...this.superseded]);
      const wrong = told.filter((candle) => !known.has(JSON.stringify(inOrder(candle))));
      if (wrong.length > 0) problems.push(`candles ${i} were told closed and are not: ${JSON.stringify(wrong)}`);
      problems.push(...built.flatMap((run) => this.builtProblems(run)).map((problem) => `${problem} ${i}`));
    }
    return problems.map((problem) => `seed ${this.seed}: ${problem}\n  ${this.story.join('\n  ')}`);
  }

  /** The venue's candles that have to be there by now, as text. */
  private truth(): string[] {
    const first = this.from - (this.hasFetched ? older : 1) * minute;
    const candles = this.venue.candles.page('BTCUSDT', '1m', { start: first, end: this.next - 1, limit: 10_000 });
    return candles.map((candle) => JSON.stringify(inOrder(candle)));
  }

  /** Longer candles are told from the one that formed when the program began, without a gap, as the venue's shorter ones make them. */
  private builtProblems({ from, candles }: { from: number; candles: readonly Candle[] }): string[] {
    const parts = this.venue.candles.page('BTCUSDT', '1m', { start: from, end: this.next - 1, limit: 10_000 });
    const { candles: whole } = resample(candlesOf(parts), 'M1', longer);
    const corrected = new Set(this.superseded.map((text) => openTimeAt(longer, (JSON.parse(text) as Candle).openTime)));
    return candles.flatMap((candle, i) => {
      if (candle.openTime !== from + i * 3 * minute) return [`built candle ${i} of ${from} opened at ${candle.openTime}`];
      if (corrected.has(candle.openTime)) return [];
      const [told, right] = [candle, candleAt(whole, i)].map((each) => JSON.stringify(inOrder(each)));
      return told === right ? [] : [`built candle ${told} should be ${right}`];
    });
  }

  async close(): Promise<void> {
    await this.stopFeeds();
    await this.source.close();
    await this.venue.close();
    await this.pinned.close();
  }

  private get key(): SeriesKey {
    return { exchange: `binance ${this.seed}`, symbol: 'BTC/USDT', timeframe: 'M1' };
  }

  private candle(openTime: number): VenueCandle {
    return seededCandle(this.seed, openTime);
  }

  private subscribe(): void {
    this.stopping = new AbortController();
    const shortOnly = Object.create(this.source, { timeframes: { value: ['M1'] } }) as CcxtMarketData;
    this.feeds = this.here.map(({ store, told, built }) => {
      const logger = createLogger({ level: 'silent', pretty: false });
      const feeds = new CandleFeeds({ sourceOf: () => shortOnly, store, logger });
      feeds.subscribe(this.key, ({ candle, isClosed }) => isClosed && told.push(candle));
      const candles: Candle[] = [];
      built.push({ from: openTimeAt(longer, this.source.now()), candles });
      feeds.subscribe({ ...this.key, timeframe: longer }, ({ candle, isClosed }) => isClosed && candles.push(candle));
      return feeds;
    });
  }

  /** Past candles are asked for, as people do at any time. An exchange that does not answer may end it, nothing else. */
  private fetchPast(refetch: boolean): void {
    this.hasFetched = true;
    const { signal } = this.stopping;
    for (const { fetcher } of this.here)
      this.fetches.push(
        fetcher.fetch(this.key, { from: this.from - older * minute, refetch, signal }).then(
          () => undefined,
          (error: unknown) => {
            if (signal.aborted || (error instanceof DomainError && error.code === 'EXCHANGE_UNAVAILABLE')) return;
            this.troubles.push(`a fetch failed: ${String(error)}`);
          },
        ),
      );
  }

  private async stopFeeds(): Promise<void> {
    this.stopping.abort();
    const stopped = this.feeds;
    this.feeds = [];
    await Promise.all(stopped.map((feeds) => feeds.close()));
  }

  private endTroubles(): void {
    const { streams } = this.venue;
    if (this.heldFor > 0 && --this.heldFor === 0)
      streams.release('market', (['IN_ORDER', 'REVERSED', 'SHUFFLED'] as const)[this.random.below(3)]);
    if (this.mutedFor > 0 && --this.mutedFor === 0) streams.unmute('market');
    if (this.refusedFor > 0 && --this.refusedFor === 0) streams.isRefusing = false;
  }

  private breakSomething(): void {
    const { streams, faults } = this.venue;
    const tell = (what: string): void => void this.story.push(`minute ${(this.next - this.from) / minute}: ${what}`);
    const minutes = 1 + this.random.below(2);
    // Heard or unheard: whatever else is wrong may go on.
    if (this.random.below(6) === 0) {
      const back = 1 + this.random.below((this.next - this.from) / minute + 1);
      tell(`the candle ${back} before corrected`);
      this.correct(this.next - back * minute);
    }
    switch (this.random.below(11)) {
      case 0:
        tell('connection cut');
        return streams.kill('market');
      case 1:
        tell(`mute for ${minutes}`);
        this.mutedFor = minutes;
        return streams.mute('market');
      case 2:
        tell(`messages held back for ${minutes}`);
        if (this.heldFor === 0) streams.hold('market');
        this.heldFor = minutes;
        return;
      case 3:
        tell('everything twice');
        return streams.double('market');
      case 4:
        tell(`connection cut and refused for ${minutes}`);
        this.refusedFor = minutes;
        streams.isRefusing = true;
        return streams.kill('market');
      case 5:
      case 6: {
        const fault = restFaults[this.random.below(restFaults.length)];
        tell(`records: ${fault.effect} ${fault.status ?? ''}, connection cut`);
        faults.add({ route: klines, ...fault });
        return streams.kill('market');
      }
      case 7:
        if (this.feeds.length > 0) {
          tell('the program stops');
          void this.stopFeeds();
        } else {
          tell('the program starts');
          this.subscribe();
        }
        return;
      case 8:
      case 9: {
        if (this.feeds.length === 0) return;
        const refetch = this.random.below(2) === 0;
        tell(`past candles fetched${refetch ? ', known ones too' : ''}`);
        return this.fetchPast(refetch);
      }
      default:
        return;
    }
  }

  private correct(openTime: number): void {
    const [known] = this.venue.candles.page('BTCUSDT', '1m', { start: openTime, end: openTime, limit: 1 });
    if (!known) throw new Error(`the venue has no candle of ${openTime}`);
    this.superseded.push(JSON.stringify(known));
    this.venue.kline('BTCUSDT', '1m', { ...known, volume: Math.floor(known.volume) + 100 }, true);
  }

  private describe(rows: readonly string[], truth: readonly string[]): string {
    const missing = truth.filter((row) => !rows.includes(row));
    const extra = rows.filter((row) => !truth.includes(row));
    return `missing ${missing.join(' ') || 'none'}, too many ${extra.join(' ') || 'none'}`;
  }
}

async function textsOf(store: CandleStore, key: SeriesKey): Promise<string[]> {
  const rows = await store.forward(key, 0, Number.MAX_SAFE_INTEGER, 10_000);
  return rows.map((candle) => JSON.stringify(inOrder(candle)));
}

function inOrder({ openTime, open, high, low, close, volume }: Candle): VenueCandle {
  return { openTime, open, close, high, low, volume };
}
