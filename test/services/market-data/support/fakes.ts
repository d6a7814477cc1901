import type { SeriesKey } from '../../../../src/services/market-data/series-key.ts';
import type { FeedStore } from '../../../../src/services/market-data/feed.ts';
import type { CandleSource, CandleUpdate } from '../../../../src/services/exchanges/port/market-data.ts';
import type { Unsubscribe } from '../../../../src/services/exchanges/port/subscription.ts';
import { DomainError } from '../../../../src/services/errors.ts';
import { type GapReport, gapsIn, reportGaps } from '../../../../src/services/market-data/gaps.ts';
import type { Candle, Candles } from '../../../../src/trading/candle.ts';
import { candleAt, candlesOf } from '../../../../src/trading/series.ts';
import type { Timeframe } from '../../../../src/trading/timeframe.ts';

export const minute = 60_000;
export const start = Date.UTC(2026, 0, 1);
export const key: SeriesKey = { exchange: 'test', symbol: 'BTC/USDT', timeframe: 'M1' };
export const candle = (index: number, close = index + 1): Candle => ({
  openTime: start + index * minute,
  open: 1,
  high: 1e6,
  low: 1,
  close,
  volume: 1,
});
export const indexOf = (openTime: number): number => (openTime - start) / minute;

/** An exchange that says what it is told to say, and remembers what it could have said. */
export class FakeSource implements CandleSource {
  readonly name = 'test';
  isGenerated = false;
  readonly beginsAt = 0;
  time = start;
  subscriptions = 0;
  past: Candle[] = [];
  /** What `history` throws while it is set. */
  down: DomainError | undefined;
  /** How often it was thrown. */
  refusals = 0;
  halted = false;
  /** How often it was asked whether the market is halted. */
  questions = 0;
  /** The exchange has the market no more. */
  gone = false;
  asked: { from: number; to: number }[] = [];
  timeframes?: readonly Timeframe[];
  listeners = new Set<(update: CandleUpdate) => void>();
  private readonly resumed = new Map<(update: CandleUpdate) => void, (since: number) => void>();

  now(): number {
    return this.time;
  }
  markets(): Promise<never[]> {
    return Promise.resolve([]);
  }
  history(_symbol: string, _timeframe: string, from: number, to: number): Promise<Candles> {
    if (this.down) {
      this.refusals += 1;
      return Promise.reject(this.down);
    }
    this.asked.push({ from, to });
    return Promise.resolve(candlesOf(this.past.filter(({ openTime }) => openTime >= from && openTime < to)));
  }
  subscribeCandles(
    symbol: string,
    _timeframe: string,
    listener: (update: CandleUpdate) => void,
    onResumed: (since: number) => void = () => undefined,
  ): Unsubscribe {
    if (symbol !== key.symbol || this.gone) throw new DomainError('NOT_FOUND', `no market ${symbol}`);
    this.subscriptions += 1;
    this.listeners.add(listener);
    this.resumed.set(listener, onResumed);
    return () => {
      this.listeners.delete(listener);
      this.resumed.delete(listener);
    };
  }
  isHalted(): Promise<boolean> {
    this.questions += 1;
    return Promise.resolve(this.halted);
  }
  ticker(): Promise<never> {
    return Promise.reject(new Error('no ticker'));
  }
  /** A candle closes; whoever is listening hears of it unless `silently`. */
  close(index: number, options: { silently?: boolean; close?: number } = {}): void {
    const closed = candle(index, options.close);
    this.time = closed.openTime + minute;
    this.past = [...this.past.filter(({ openTime }) => openTime !== closed.openTime), closed];
    if (!options.silently) for (const listener of this.listeners) listener({ candle: closed, isClosed: true });
  }
  /** The exchange changes a closed candle, and nobody hears of it. */
  correct(index: number, change: Partial<Candle>): void {
    this.past = this.past.map((known) => (known.openTime === candle(index).openTime ? { ...known, ...change } : known));
  }
  /** The stream tells again: it may have left something out since a candle began. */
  resume(since: number): void {
    for (const tell of this.resumed.values()) tell(candle(since).openTime);
  }
  form(index: number, close: number): void {
    for (const listener of this.listeners) listener({ candle: candle(index, close), isClosed: false });
  }
}

export class FakeStore implements FeedStore {
  /** The minutes; longer candles are kept apart. */
  readonly rows = new Map<number, Candle>();
  readonly longer = new Map<number, Candle>();
  writes: number[] = [];
  failing: Error | undefined;

  upsert({ timeframe }: SeriesKey, candles: Candles): Promise<void> {
    if (this.failing) return Promise.reject(this.failing);
    // As PostgreSQL does.
    if (new Set(candles.openTime).size < candles.openTime.length)
      return Promise.reject(new Error('a candle twice in one statement'));
    candles.openTime.forEach((openTime, i) => {
      (timeframe === 'M1' ? this.rows : this.longer).set(openTime, candleAt(candles, i));
      if (timeframe === 'M1') this.writes.push(indexOf(openTime));
    });
    return Promise.resolve();
  }
  gaps({ timeframe }: SeriesKey, from: number, to: number): Promise<GapReport> {
    const rows = timeframe === 'M1' ? this.rows : this.longer;
    const times = [...rows.keys()].filter((time) => time >= from && time < to).sort((a, b) => a - b);
    return Promise.resolve(reportGaps(gapsIn(Float64Array.from(times), timeframe)));
  }
  forward({ timeframe }: SeriesKey, from: number, to: number, limit: number): Promise<Candle[]> {
    const rows = timeframe === 'M1' ? this.rows : this.longer;
    const found = [...rows.values()].filter(({ openTime }) => openTime >= from && openTime < to);
    return Promise.resolve(found.sort((a, b) => a.openTime - b.openTime).slice(0, limit));
  }
  last({ timeframe }: SeriesKey): Promise<number | undefined> {
    const rows = timeframe === 'M1' ? this.rows : this.longer;
    return Promise.resolve(rows.size === 0 ? undefined : Math.max(...rows.keys()));
  }
}
