import { setTimeout as sleep } from 'node:timers/promises';
import type { Candle, Candles } from '../../trading/candle.ts';
import { CandleBuilder } from '../../trading/resample.ts';
import { candleAt, candlesOf } from '../../trading/series.ts';
import { openTimeAt, type Timeframe, timeframeMs } from '../../trading/timeframe.ts';
import type { CandleSource, CandleUpdate } from '../exchanges/port/market-data.ts';
import type { Unsubscribe } from '../exchanges/port/subscription.ts';

/** Base candles that are read at once to build longer ones. */
const piece = 10_000;
const retryMs = 250;
const longestRetryMs = 30_000;

type SubscribeBase = (
  symbol: string,
  listener: (update: CandleUpdate) => void,
  onCorrected: (candle: Candle) => void,
) => Unsubscribe;

/**
 * The candles of a length that an exchange does not make, built from a shorter one that divides it. What is built from an exchange's
 * candles is what the exchange would tell: first open, highest high, lowest low, last close, decimal sum of the volume.
 */
export class DerivedCandles implements Pick<CandleSource, 'now' | 'history' | 'subscribeCandles'> {
  private readonly source: Pick<CandleSource, 'now' | 'history'>;
  private readonly base: Timeframe;
  private readonly subscribeBase: SubscribeBase;

  /** @param subscribeBase the shared live feed of the shorter candles */
  constructor(source: Pick<CandleSource, 'now' | 'history'>, base: Timeframe, subscribeBase: SubscribeBase) {
    this.source = source;
    this.base = base;
    this.subscribeBase = subscribeBase;
  }

  now(): number {
    return this.source.now();
  }

  async history(symbol: string, timeframe: Timeframe, from: number, to: number): Promise<Candles> {
    const length = timeframeMs(timeframe);
    const first = openTimeAt(timeframe, from + length - 1);
    const end = Math.min(openTimeAt(timeframe, to + length - 1), openTimeAt(timeframe, this.now()));
    const rows: Candle[] = [];
    const step = Math.max(1, Math.floor((piece * timeframeMs(this.base)) / length)) * length;
    for (let at = first; at < end; at += step) {
      const parts = await this.source.history(symbol, this.base, at, Math.min(at + step, end));
      for (const builder of buildersOf(parts, timeframe)) rows.push(builder.candle());
    }
    return candlesOf(rows);
  }

  /** A candle is told again, closed, when one of its parts was corrected after its end. */
  subscribeCandles(
    symbol: string,
    timeframe: Timeframe,
    listener: (update: CandleUpdate) => void,
    onResumed?: (since: number) => void,
  ): Unsubscribe {
    const since = this.now();
    const fold = new Fold(this.base, timeframe, openTimeAt(timeframe, since), listener);
    const ending = new AbortController();
    const { signal } = ending;
    const leave = this.subscribeBase(
      symbol,
      (update) => fold.take(update),
      ({ openTime }) => void this.correct(fold, symbol, openTimeAt(timeframe, openTime), signal),
    );
    void this.begin(fold, symbol, signal).then(() => !signal.aborted && onResumed?.(since));
    return () => {
      ending.abort();
      leave();
    };
  }

  /** The candle that forms began before anybody listened: its first parts come from the records. */
  private async begin(fold: Fold, symbol: string, signal: AbortSignal): Promise<void> {
    const { openTime } = fold;
    const take = fold.beginning();
    await this.read(symbol, openTime, () => this.now(), signal, take);
  }

  /** What was built of parts that have changed since is built anew. */
  private async correct(fold: Fold, symbol: string, openTime: number, signal: AbortSignal): Promise<void> {
    if (openTime >= fold.openTime) return this.begin(fold, symbol, signal);
    const end = openTime + timeframeMs(fold.timeframe);
    await this.read(
      symbol,
      openTime,
      () => end,
      signal,
      (parts) => fold.correct(openTime, parts),
    );
  }

  /** Parts from the records, tried until the exchange answers: without them a candle would be wrong, and the base feed tells why it waits. */
  private async read(
    symbol: string,
    from: number,
    to: () => number,
    signal: AbortSignal,
    take: (parts: readonly Candle[]) => void,
  ): Promise<void> {
    for (let wait = retryMs; !signal.aborted; wait = Math.min(2 * wait, longestRetryMs)) {
      try {
        const parts = await this.source.history(symbol, this.base, from, to());
        if (!signal.aborted) take(Array.from(parts.openTime, (_, i) => candleAt(parts, i)));
        return;
      } catch {
        await sleep(wait, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  }
}

/** Folds live base candles into longer ones. */
class Fold {
  readonly timeframe: Timeframe;
  private readonly partMs: number;
  private readonly listener: (update: CandleUpdate) => void;
  private builder: CandleBuilder;
  private lastPart = Number.NEGATIVE_INFINITY;
  /** What came before the records were read; undefined afterwards. */
  private early: CandleUpdate[] | undefined;
  /** Of the records that are being read: an answer to an earlier question is out of date. */
  private beginnings = 0;

  constructor(base: Timeframe, timeframe: Timeframe, openTime: number, listener: (update: CandleUpdate) => void) {
    this.partMs = timeframeMs(base);
    this.timeframe = timeframe;
    this.builder = new CandleBuilder(openTime);
    this.listener = listener;
  }

  get openTime(): number {
    return this.builder.openTime;
  }

  /** The candle that forms is built from the records, to be read now, and from what comes meanwhile. @returns takes the records */
  beginning(): (parts: readonly Candle[]) => void {
    const { openTime } = this;
    const mine = ++this.beginnings;
    this.early ??= [];
    return (parts) => {
      if (mine !== this.beginnings) return;
      const early = this.early ?? [];
      this.early = undefined;
      this.builder = new CandleBuilder(openTime);
      this.lastPart = Number.NEGATIVE_INFINITY;
      for (const candle of parts) this.add(candle);
      for (const update of early) this.take(update);
    };
  }

  /** A candle that has closed, as its parts are now. */
  correct(openTime: number, parts: readonly Candle[]): void {
    const builder = new CandleBuilder(openTime);
    for (const candle of parts) builder.addCandle(candle);
    if (builder.count > 0) this.listener({ candle: builder.candle(), isClosed: true });
  }

  take(update: CandleUpdate): void {
    if (this.early) return void this.early.push(update);
    const { candle, isClosed } = update;
    if (candle.openTime <= this.lastPart) return;
    if (isClosed) this.add(candle);
    else if (openTimeAt(this.timeframe, candle.openTime) === this.builder.openTime)
      this.listener({ candle: this.builder.with(candle), isClosed: false });
  }

  private add(candle: Candle): void {
    const bucket = openTimeAt(this.timeframe, candle.openTime);
    if (candle.openTime <= this.lastPart || bucket < this.builder.openTime) return;
    // The exchange has no candle for the end of the last one: nothing was traded.
    if (bucket > this.builder.openTime) this.close(bucket);
    this.lastPart = candle.openTime;
    this.builder.addCandle(candle);
    const end = bucket + timeframeMs(this.timeframe);
    if (candle.openTime + this.partMs >= end) this.close(end);
  }

  private close(next: number): void {
    if (this.builder.count > 0) this.listener({ candle: this.builder.candle(), isClosed: true });
    this.builder = new CandleBuilder(next);
  }
}

/** One candle for each that has parts, whichever of them there are. */
function buildersOf(parts: Candles, timeframe: Timeframe): CandleBuilder[] {
  const builders: CandleBuilder[] = [];
  for (let i = 0; i < parts.openTime.length; i++) {
    const bucket = openTimeAt(timeframe, parts.openTime[i]);
    if (builders.at(-1)?.openTime !== bucket) builders.push(new CandleBuilder(bucket));
    builders.at(-1)?.addCandle(candleAt(parts, i));
  }
  return builders;
}
