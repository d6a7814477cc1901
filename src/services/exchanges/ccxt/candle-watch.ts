import { type Candle, isSameCandle } from '../../../trading/candle.ts';
import { candleAt } from '../../../trading/series.ts';
import { openTimeAt, type Timeframe, timeframeMs, timeframeText } from '../../../trading/timeframe.ts';
import type { CandleUpdate } from '../port/market-data.ts';
import type { CandleWatchesParts } from './candle-watches.ts';
import { listen, longestRetryMs, pause, retryMs, tellAll } from './listen.ts';
import { candleOf } from './market-mapping.ts';

/** How long after its end a candle may still be told by the stream before the exchange's records are asked. */
const graceMs = 2_000;
/** Closed candles that are remembered, so that a correction is known for what it is. */
const remembered = 16;
/** A candle that the records still have not, after so many readings, is one that the exchange has left out: nothing was traded. */
const patience = 6;

interface Listener {
  readonly tell: (update: CandleUpdate) => void;
  readonly resumed: (since: number) => void;
  /** Since when it may not have heard of corrections, ms UTC by the exchange's clock; undefined while it hears everything. */
  doubtSince: number | undefined;
}

/**
 * The live candles of one market and timeframe. Closed ones are told once each, in order: a candle is closed when the exchange says so
 * in the stream; when a newer one begins, or its time is over, without that word, something was lost, and the exchange's records are asked for
 * everything up to there. So a cut, mute or late stream costs time, never a candle. What the exchange says of a closed candle later on is told again when
 * it is something else; what it may have said while the stream was interrupted is for the listeners to look up.
 */
export class CandleWatch {
  private readonly listeners = new Set<Listener>();
  private readonly parts: CandleWatchesParts;
  private readonly symbol: string;
  private readonly timeframe: Timeframe;
  private readonly length: number;
  /** Open time of the candle that is to be told closed next. */
  private next: number;
  private newest: Candle | undefined;
  private closed: Candle[] = [];
  /** Closed candles that came while records were read, which may be older. */
  private late: Candle[] = [];
  private timer: NodeJS.Timeout | undefined;
  private catchingUp: Promise<void> | undefined;
  private readonly ending = new AbortController();
  private readonly onSilence: () => void;
  /** The stream has told something since it was connected. */
  isHeard = false;
  /** When it did, ms UTC by the exchange's clock. */
  private heardAt: number;
  /** The stream says of each candle that it is closed: one that it does not say it of was lost. */
  private tellsClosed = false;

  /** @param onSilence called when a candle's end came without a word of the stream */
  constructor(parts: CandleWatchesParts, symbol: string, timeframe: Timeframe, onSilence: () => void) {
    this.parts = parts;
    this.symbol = symbol;
    this.timeframe = timeframe;
    this.onSilence = onSilence;
    this.length = timeframeMs(timeframe);
    this.heardAt = parts.now();
    this.next = openTimeAt(timeframe, this.heardAt);
    this.waitForEnd();
    const { client, onTrouble } = parts;
    void listen({
      watch: () => client.watchOHLCV(symbol, timeframeText(timeframe)),
      take: (rows) => {
        this.isHeard = true;
        for (const row of rows) this.take(candleOf(row), false);
      },
      onTrouble,
      onLost: () => {
        this.isHeard = false;
        this.interrupted();
      },
      signal: this.ending.signal,
    });
  }

  /** @returns ends it; false when it had ended before */
  add(tell: (update: CandleUpdate) => void, onResumed?: (since: number) => void): () => boolean {
    const listener: Listener = {
      tell,
      resumed: (since) => onResumed?.(since),
      doubtSince: this.parts.now(),
    };
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  get isWatched(): boolean {
    return this.listeners.size > 0;
  }

  stop(): void {
    this.ending.abort();
    this.listeners.clear();
    clearTimeout(this.timer);
  }

  private get isStopped(): boolean {
    return this.ending.signal.aborted;
  }

  /** What the stream tells. */
  take(candle: Candle, isClosed: boolean): void {
    if (this.isStopped) return;
    if (isClosed) this.tellsClosed = true;
    if (candle.openTime > this.next) this.leftOut();
    this.hear();
    if (isClosed && this.catchingUp) this.late = [...this.late, candle].slice(-remembered);
    else if (isClosed && candle.openTime < this.next) this.correct(candle);
    if (candle.openTime < this.next) return;
    if (candle.openTime > this.next) {
      // Candles before this one were not told closed, or not at all.
      this.newest = candle;
      this.catchUp();
      return;
    }
    // While records are read, what the stream says of the candle stays behind them.
    if (this.catchingUp) return;
    if (isClosed) this.close(candle);
    else this.tell({ candle, isClosed: false });
  }

  /** What happens from now on until the next news is not heard. */
  private interrupted(): void {
    for (const listener of this.listeners) listener.doubtSince ??= this.heardAt;
  }

  /** A candle's end came without a word. */
  private leftOut(): void {
    if (this.tellsClosed) this.interrupted();
  }

  private hear(): void {
    this.heardAt = this.parts.now();
    for (const listener of this.listeners) {
      const { doubtSince } = listener;
      listener.doubtSince = undefined;
      if (doubtSince !== undefined) tellAll([listener.resumed], doubtSince, this.parts.onTrouble);
    }
  }

  private close(candle: Candle): void {
    this.next = candle.openTime + this.length;
    this.waitForEnd();
    this.remember(candle);
    this.tell({ candle, isClosed: true });
  }

  private correct(candle: Candle): void {
    const known = this.closed.find(({ openTime }) => openTime === candle.openTime);
    if (known && isSameCandle(known, candle)) return;
    this.remember(candle);
    this.tell({ candle, isClosed: true });
  }

  private remember(candle: Candle): void {
    this.closed = [...this.closed.filter(({ openTime }) => openTime !== candle.openTime), candle].slice(-remembered);
  }

  private tell(update: CandleUpdate): void {
    for (const { tell } of this.listeners) tellAll([tell], update, this.parts.onTrouble);
  }

  /** Asks the records for what has closed without having been told. */
  private catchUp(): void {
    this.catchingUp ??= this.readRecords().finally(() => {
      this.catchingUp = undefined;
      const { newest } = this;
      this.newest = undefined;
      if (this.isStopped) return;
      for (const candle of this.late.splice(0)) if (candle.openTime < this.next) this.correct(candle);
      this.waitForEnd();
      if (newest?.openTime === this.next) this.tell({ candle: newest, isClosed: false });
    });
  }

  private async readRecords(): Promise<void> {
    const { history, now, onTrouble } = this.parts;
    let wait = retryMs;
    let readings = 0;
    while (!this.isStopped) {
      const end = openTimeAt(this.timeframe, now());
      if (this.next >= end) return;
      try {
        // Where the stream tells no corrections they are seen here, at no other cost.
        const first = Math.min(this.next, ...this.closed.map(({ openTime }) => openTime));
        const candles = await history(this.symbol, this.timeframe, first, end);
        for (let i = 0; i < candles.openTime.length && !this.isStopped; i++) {
          const candle = candleAt(candles, i);
          if (candle.openTime >= this.next) this.close(candle);
          else if (this.closed.some(({ openTime }) => openTime === candle.openTime)) this.correct(candle);
        }
        if (this.next >= end) return;
        readings += 1;
        if (readings === patience) this.next = end;
      } catch (error) {
        onTrouble(error);
      }
      await pause(wait, this.ending.signal);
      wait = Math.min(2 * wait, longestRetryMs);
    }
  }

  /** Looks after the candle by itself when its time is over. */
  private waitForEnd(): void {
    clearTimeout(this.timer);
    if (this.isStopped) return;
    const left = this.next + this.length + graceMs - this.parts.now();
    this.timer = setTimeout(() => this.ended(), Math.max(0, left)).unref();
  }

  private ended(): void {
    this.leftOut();
    this.onSilence();
    this.catchUp();
  }
}
