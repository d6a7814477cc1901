import type { Candle } from '../../../trading/candle.ts';
import { CandleBuilder } from '../../../trading/resample.ts';
import { openTimeAt, type Timeframe, timeframeMs } from '../../../trading/timeframe.ts';
import type { CandleUpdate } from '../port/market-data.ts';

const minuteMs = 60_000;

/** The minutes of a market: closed ones, and the forming one. */
export interface Minutes {
  /** @param minute counted from 1970 */
  minute(minute: number): Candle;
  /** As it stands at a moment, ms UTC. */
  forming(at: number): Candle;
}

/** One live series of a simulated market: its minutes as they close, folded into the asked timeframe, for any number of listeners. */
export class LiveSeries {
  readonly listeners = new Set<(update: CandleUpdate) => void>();
  private readonly minutes: Minutes;
  private readonly timeframe: Timeframe;
  private builder: CandleBuilder;
  private nextMinute: number;
  private told: Candle | undefined;

  /** @param now simulated time, ms UTC; the candle forming then is the first that this series tells */
  constructor(minutes: Minutes, timeframe: Timeframe, now: number) {
    this.minutes = minutes;
    this.timeframe = timeframe;
    this.builder = new CandleBuilder(openTimeAt(timeframe, now));
    this.nextMinute = this.builder.openTime / minuteMs;
    const minute = Math.floor(now / minuteMs);
    while (this.nextMinute < minute) this.builder.addCandle(this.minutes.minute(this.nextMinute++));
  }

  /**
   * Tells what happened up to `now`: candles that closed, then the forming one if it changed.
   * @param mostMinutes stops after so many minutes, so that a long sleep is caught up in pieces
   * @returns whether it caught up
   */
  advance(now: number, mostMinutes: number): boolean {
    const minute = Math.floor(now / minuteMs);
    const until = Math.min(minute, this.nextMinute + mostMinutes);
    while (this.nextMinute < until) {
      this.builder.addCandle(this.minutes.minute(this.nextMinute++));
      const end = this.builder.openTime + timeframeMs(this.timeframe);
      if (this.nextMinute * minuteMs < end) continue;
      this.tell({ candle: this.builder.candle(), isClosed: true });
      this.builder = new CandleBuilder(end);
    }
    if (until < minute) return false;
    const forming = this.builder.with(this.minutes.forming(now));
    if (!this.told || !sameCandle(this.told, forming)) this.tell({ candle: forming, isClosed: false });
    this.told = forming;
    return true;
  }

  private tell(update: CandleUpdate): void {
    for (const listener of this.listeners) listener(update);
  }
}

function sameCandle(a: Candle, b: Candle): boolean {
  return a.openTime === b.openTime && a.close === b.close && a.high === b.high && a.low === b.low && a.volume === b.volume;
}
