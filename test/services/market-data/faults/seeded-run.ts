import { CcxtMarketData } from '../../../../src/services/exchanges/ccxt/ccxt-market-data.ts';
import { createLogger } from '../../../../src/services/logger.ts';
import { CandleFeeds } from '../../../../src/services/market-data/feeds.ts';
import type { SeriesKey } from '../../../../src/services/market-data/series-key.ts';
import type { CandleStore } from '../../../../src/services/market-data/candle-store.ts';
import type { Candle } from '../../../../src/trading/candle.ts';
import { candlesOf } from '../../../../src/trading/series.ts';
import { seededCandle, type VenueCandle } from '../../../support/venue/candles.ts';
import { type RestFault, Seeded } from '../../../support/venue/faults.ts';
import { Pinned } from '../../../support/venue/pin.ts';
import { until } from '../../../support/venue/until.ts';
import { Venue } from '../../../support/venue/venue.ts';

export const minute = 60_000;
const topic = 'btcusdt@kline_1m';
const klines = 'GET /api/v3/klines';
const settleMs = 60_000;

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
 * One seed: the real client against the venue, minute by minute, while the seed breaks things; the same stream goes into every database. The
 * venue's own candles are the truth.
 */
export class SeededRun {
  readonly seed: number;
  /** What the seed did, minute by minute. */
  readonly story: string[] = [];
  private readonly random: Seeded;
  private readonly venue: Venue;
  private readonly pinned: Pinned;
  private readonly source: CcxtMarketData;
  private readonly stores: readonly CandleStore[];
  private feeds: CandleFeeds[] = [];
  private readonly told: Candle[][];
  private readonly from: number;
  private next: number;
  private heldFor = 0;
  private mutedFor = 0;
  private refusedFor = 0;
  /** Values that candles closed with and that the exchange has corrected since. */
  private readonly superseded: string[] = [];

  private constructor(parts: {
    seed: number;
    random: Seeded;
    venue: Venue;
    pinned: Pinned;
    source: CcxtMarketData;
    stores: readonly CandleStore[];
  }) {
    this.seed = parts.seed;
    this.random = parts.random;
    this.venue = parts.venue;
    this.pinned = parts.pinned;
    this.source = parts.source;
    this.stores = parts.stores;
    this.told = parts.stores.map(() => []);
    this.from = Math.floor(parts.venue.now() / minute) * minute;
    this.next = this.from;
  }

  static async open(seed: number, stores: readonly CandleStore[]): Promise<SeededRun> {
    const random = new Seeded(seed);
    const skewMs = (random.below(3) - 1) * minute;
    const venue = await Venue.start({ seed, skewMs });
    const pinned = new Pinned(() => venue);
    const source = await CcxtMarketData.open({ exchange: 'binance', prepare: pinned.prepare, deadlineMs: 400 });
    const run = new SeededRun({ seed, random, venue, pinned, source, stores });
    const before = run.candle(run.from - minute);
    venue.addCandles('BTCUSDT', '1m', [before, run.candle(run.from)]);
    // The program has run before: whatever closes from here on has to be there.
    for (const store of stores) await store.upsert(run.key, candlesOf([before]));
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

  /** Everything works again. Resolves when all that closed has been stored everywhere. */
  async heal(): Promise<void> {
    this.story.push('healed');
    this.venue.faults.clear();
    this.heldFor = this.mutedFor = this.refusedFor = 1;
    this.endTroubles();
    if (this.feeds.length === 0) this.subscribe();
    await until(() => this.venue.streams.hears(topic), settleMs);
  }

  /** Whether every database has as many candles as have closed; until then the feeds are looked after. */
  async isDone(): Promise<boolean> {
    for (const feeds of this.feeds) feeds.check();
    const stored = await Promise.all(this.stores.map((store) => store.extent(this.key, 0, Number.POSITIVE_INFINITY)));
    return stored.every((extent) => extent?.count === (this.next - this.from) / minute + 1);
  }

  /** What is wrong; nothing when all is right. */
  async problems(): Promise<string[]> {
    const truth = this.venue.candles
      .page('BTCUSDT', '1m', { start: this.from - minute, end: this.next - 1, limit: 10_000 })
      .map((candle) => JSON.stringify(candle));
    const problems: string[] = [];
    const compare = (what: string, found: readonly Candle[]): void => {
      const rows = found.map((candle) => JSON.stringify(inOrder(candle)));
      if (rows.join() !== truth.join()) problems.push(`${what} differ: ${this.describe(rows, truth)}`);
    };
    for (const [i, store] of this.stores.entries()) {
      const rows = await store.forward(this.key, 0, Number.MAX_SAFE_INTEGER, 10_000);
      compare(`stored candles ${i}`, rows);
      const told = this.told[i];
      if (told.some(({ openTime }, at) => at > 0 && openTime <= told[at - 1].openTime))
        problems.push(`candles ${i} were told twice`);
      const known = new Set([...truth, ...this.superseded]);
      const wrong = told.filter((candle) => !known.has(JSON.stringify(inOrder(candle))));
      if (wrong.length > 0) problems.push(`candles ${i} were told closed and are not: ${JSON.stringify(wrong)}`);
    }
    return problems.map((problem) => `seed ${this.seed}: ${problem}\n  ${this.story.join('\n  ')}`);
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
    this.feeds = this.stores.map((store, i) => {
      const logger = createLogger({ level: 'silent', pretty: false });
      const feeds = new CandleFeeds({ sourceOf: () => this.source, store, logger });
      feeds.subscribe(this.key, ({ candle, isClosed }) => isClosed && this.told[i].push(candle));
      return feeds;
    });
  }

  private async stopFeeds(): Promise<void> {
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
    switch (this.random.below(10)) {
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
      case 8: {
        // Nobody can know of one that was told while the stream was mute.
        const isWell = this.heldFor + this.mutedFor + this.refusedFor === 0 && streams.hears(topic);
        if (this.feeds.length === 0 || !isWell || this.next === this.from) return;
        const [last] = this.venue.candles.page('BTCUSDT', '1m', { start: this.next - minute, end: this.next - 1, limit: 1 });
        if (!last) return;
        tell('the last candle corrected');
        this.superseded.push(JSON.stringify(last));
        return this.venue.kline('BTCUSDT', '1m', { ...last, volume: Math.floor(last.volume) + 100 }, true);
      }
      default:
        return;
    }
  }

  private describe(rows: readonly string[], truth: readonly string[]): string {
    const missing = truth.filter((row) => !rows.includes(row));
    const extra = rows.filter((row) => !truth.includes(row));
    return `missing ${missing.join(' ') || 'none'}, too many ${extra.join(' ') || 'none'}`;
  }
}

function inOrder({ openTime, open, high, low, close, volume }: Candle): VenueCandle {
  return { openTime, open, close, high, low, volume };
}
