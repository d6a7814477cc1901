import type { Candles } from '../../../trading/candle.ts';
import { timeframeText, type Timeframe } from '../../../trading/timeframe.ts';
import type { CandleUpdate } from '../port/market-data.ts';
import type { Unsubscribe } from '../port/subscription.ts';
import { CandleWatch } from './candle-watch.ts';
import type { CcxtClient } from './client.ts';
import type { Redial } from './redial.ts';
import type { VenueProfile } from './venues.ts';

export interface CandleWatchesParts {
  readonly client: CcxtClient;
  readonly profile: VenueProfile;
  /** The exchange's clock, ms UTC. */
  readonly now: () => number;
  /** Closed candles from the exchange's own records. */
  readonly history: (symbol: string, timeframe: Timeframe, from: number, to: number) => Promise<Candles>;
  readonly onTrouble: (error: unknown) => void;
  readonly redial: Redial;
}

/** All live candles of one exchange: one upstream subscription for each market and timeframe, however many listeners. */
export class CandleWatches {
  private readonly parts: CandleWatchesParts;
  private readonly watches = new Map<string, CandleWatch>();
  private lastHeard = Date.now();

  constructor(parts: CandleWatchesParts) {
    this.parts = parts;
    const { client, profile } = parts;
    const handle = client.handleOHLCV.bind(client);
    client.handleOHLCV = (socket, message) => {
      this.lastHeard = Date.now();
      const result = handle(socket, message);
      const closed = profile.closedCandle(client, message);
      if (closed) this.watches.get(`${closed.symbol} ${closed.timeframe}`)?.take(closed.candle, true);
      return result;
    };
  }

  subscribe(
    symbol: string,
    timeframe: Timeframe,
    listener: (update: CandleUpdate) => void,
    onResumed?: (since: number) => void,
  ): Unsubscribe {
    const key = `${symbol} ${timeframe}`;
    let watch = this.watches.get(key);
    if (!watch) this.watches.set(key, (watch = new CandleWatch(this.parts, symbol, timeframe, () => this.reviveIfSilent())));
    const own = watch;
    const leave = own.add(listener, onResumed);
    return () => {
      if (!leave() || own.isWatched) return;
      own.stop();
      if (this.watches.get(key) === own) this.watches.delete(key);
      // The exchange would go on sending. A connection that is down needs no word, and would be dialed for it.
      if (own.isHeard) void this.parts.client.unWatchOHLCV(symbol, timeframeText(timeframe)).catch(() => undefined);
    };
  }

  close(): void {
    for (const watch of this.watches.values()) watch.stop();
    this.watches.clear();
  }

  private reviveIfSilent(): void {
    const { redial } = this.parts;
    if (Date.now() - this.lastHeard >= redial.silenceMs) redial.now();
  }
}
