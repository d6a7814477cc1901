import type { MarketDataSource, PublicTrade } from '../../exchanges/port/market-data.ts';
import type { Unsubscribe } from '../../exchanges/port/subscription.ts';
import type { MarketKey } from '../latest-feeds.ts';
import type { Stretch, TradeStore } from './trade-store.ts';
import { secondMs, secondOf, TradeSeconds } from './trade-seconds.ts';

/** What was missed while nothing was written down is asked for as far back as this. */
const farthestBackMs = 86_400_000;
/** Trades that wait to be stored, at the most; then they are let go, and asked for again later. */
const mostWaiting = 200_000;

/** Writes something of a market down for as long as it runs. */
export interface Recorder {
  /** Begins. @throws what the exchange or the database throws: then it is to be stopped, and made anew later */
  start(): Promise<void>;
  /** Stores what came since. @throws when it cannot be stored; it is kept, and goes with the next call */
  flush(): Promise<void>;
  /** Ends; what came before can still be flushed. */
  stop(): void;
  /** It has given up: another one goes on from what is stored. */
  readonly isOver: boolean;
}

/**
 * Writes down every execution of one market, added up by second. It goes on where the last stretch of stored trades ends: what happened since is
 * asked of the exchange, and only if the exchange still has all of it the stretch goes on; otherwise another one begins. Trades that come twice, from the
 * stream and from the records or before and after a restart, count once.
 */
export class TradeRecorder implements Recorder {
  private readonly key: MarketKey;
  private readonly source: Pick<MarketDataSource, 'now' | 'trades' | 'subscribeTrades'>;
  private readonly store: TradeStore;
  private readonly seconds = new TradeSeconds();
  /** Undefined until the first second that is known from its beginning. */
  private stretch: Stretch | undefined;
  /** What the stream told before the records had been read up to it. */
  private early: PublicTrade[] | undefined = [];
  /** Trades were lost among those. */
  private missed = false;
  private leave: Unsubscribe | undefined;
  isOver = false;
  private writing: Promise<void> = Promise.resolve();

  constructor(key: MarketKey, source: Pick<MarketDataSource, 'now' | 'trades' | 'subscribeTrades'>, store: TradeStore) {
    this.key = key;
    this.source = source;
    this.store = store;
  }

  async start(): Promise<void> {
    const latest = await this.store.latest(this.key);
    if (latest && latest.lastSecond >= this.source.now() - farthestBackMs) {
      const { lastSecond, ...stretch } = latest;
      this.stretch = stretch;
      await this.catchUp(lastSecond);
    }
    if (this.isOver) return;
    this.leave = this.source.subscribeTrades(
      this.key.symbol,
      (trade) => this.hear(trade),
      () => this.miss(),
    );
    // What happened between the last answer and the stream's beginning.
    const { newest } = this.seconds;
    if (this.stretch && newest !== undefined) await this.readFrom(newest);
    const early = this.early ?? [];
    this.early = undefined;
    for (const trade of early) this.take(trade);
    if (this.missed) this.stretch = undefined;
  }

  flush(): Promise<void> {
    this.writing = this.writing.catch(() => undefined).then(() => this.write());
    return this.writing;
  }

  stop(): void {
    this.isOver = true;
    this.leave?.();
  }

  /** Reads the records from a second that is stored up to now, storing them answer by answer. */
  private async catchUp(from: number): Promise<void> {
    const until = this.source.now();
    for (let mark = from; !this.isOver;) {
      if (!(await this.readFrom(mark)) || this.isOver) return;
      await this.flush();
      const { newest = mark } = this.seconds;
      if (newest <= mark || newest >= secondOf(until)) return;
      mark = newest;
    }
  }

  /**
   * Reads the records from a second on that had trades. If they do not reach back to it, some are lost: the stretch has ended.
   * @returns whether the stretch goes on
   */
  private async readFrom(second: number): Promise<boolean> {
    const trades = await this.source.trades(this.key.symbol, second);
    const [first] = trades;
    if (!first || secondOf(first.at) !== second) this.stretch = undefined;
    for (const trade of trades) this.take(trade);
    return this.stretch !== undefined;
  }

  private hear(trade: PublicTrade): void {
    if (this.isOver) return;
    if (this.early) this.early.push(trade);
    else this.take(trade);
  }

  /** Trades are lost: the stretch has ended, and another one begins with the next trade. */
  private miss(): void {
    if (this.early) this.missed = true;
    else this.stretch = undefined;
  }

  private take(trade: PublicTrade): void {
    this.seconds.take(trade);
    // The first second may have begun before anybody listened.
    this.stretch ??= this.store.newStretch(secondOf(trade.at) + secondMs);
  }

  private async write(): Promise<void> {
    const { newest } = this.seconds;
    const seconds = this.seconds.takeChanged();
    if (seconds.length === 0 || newest === undefined) return;
    const { stretch } = this;
    // The newest second may not be over; all before it are, since trades come in order.
    const reached = stretch && newest > stretch.endAt ? { ...stretch, endAt: newest } : undefined;
    try {
      await this.store.write(this.key, seconds, reached ? [reached] : []);
    } catch (error) {
      this.seconds.putBack(seconds);
      if (this.seconds.size > mostWaiting) this.stop();
      throw error;
    }
    if (reached && this.stretch?.id === reached.id) this.stretch = reached;
    this.seconds.forgetOld();
  }
}
