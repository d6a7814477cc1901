import { setTimeout as sleep } from 'node:timers/promises';
import type { Candle, Candles } from '../../trading/candle.ts';
import { CandleBuilder } from '../../trading/resample.ts';
import { candleAt, candlesOf } from '../../trading/series.ts';
import { openTimeAt, type Timeframe, timeframeMs } from '../../trading/timeframe.ts';
import type { CandleSource, CandleUpdate, Unsubscribe } from '../exchanges/port.ts';

/** Base candles that are read at once to build longer ones. */
const piece = 10_000;
const retryMs = 250;
const longestRetryMs = 30_000;

/**
 * The candles of a length that an exchange does not make, built from a shorter one that divides it. What is built from an exchange's
 * candles is what the exchange would tell: first open, highest high, lowest low, last close, decimal sum of the volume.
 */
export class DerivedCandles implements Pick<CandleSource, 'now' | 'history' | 'subscribeCandles'> {
  private readonly source: Pick<CandleSource, 'now' | 'history'>;
  private readonly base: Timeframe;
  private readonly subscribeBase: (symbol: string, listener: (update: CandleUpdate) => void) => Unsubscribe;

  /** @param subscribeBase the shared live feed of the shorter candles */
  constructor(
    source: Pick<CandleSource, 'now' | 'history'>,
    base: Timeframe,
    subscribeBase: (symbol: string, listener: (update: CandleUpdate) => void) => Unsubscribe,
  ) {
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

  subscribeCandles(symbol: string, timeframe: Timeframe, listener: (update: CandleUpdate) => void): Unsubscribe {
    const fold = new Fold(this.base, timeframe, openTimeAt(timeframe, this.now()), listener);
    const ending = new AbortController();
    const leave = this.subscribeBase(symbol, (update) => fold.take(update));
    void this.begin(fold, symbol, ending.signal);
    return () => {
      ending.abort();
      leave();
    };
  }

  /** The candle that forms began before anybody listened: its first parts come from the records. */
  private async begin(fold: Fold, symbol: string, signal: AbortSignal): Promise<void> {
    for (let wait = retryMs; !signal.aborted; wait = Math.min(2 * wait, longestRetryMs)) {
      try {
        const parts = await this.source.history(symbol, this.base, fold.openTime, this.now());
        if (!signal.aborted) fold.begin(Array.from(parts.openTime, (_, i) => candleAt(parts, i)));
        return;
      } catch {
        // Without its beginning the candle would be wrong; the base feed tells of an exchange that does not answer.
        await sleep(wait, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  }
}

/** Folds live base candles into longer ones. */
class Fold {
  private readonly partMs: number;
  private readonly timeframe: Timeframe;
  private readonly listener: (update: CandleUpdate) => void;
  private builder: CandleBuilder;
  private lastPart = Number.NEGATIVE_INFINITY;
  /** What came before the records were read; undefined afterwards. */
  private early: CandleUpdate[] | undefined = [];

  constructor(base: Timeframe, timeframe: Timeframe, openTime: number, listener: (update: CandleUpdate) => void) {
    this.partMs = timeframeMs(base);
    this.timeframe = timeframe;
    this.builder = new CandleBuilder(openTime);
    this.listener = listener;
  }

  get openTime(): number {
    return this.builder.openTime;
  }

  begin(parts: readonly Candle[]): void {
    const early = this.early ?? [];
    this.early = undefined;
    for (const candle of parts) this.add(candle);
    for (const update of early) this.take(update);
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
