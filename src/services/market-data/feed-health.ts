/** How a live feed is. */
export const FeedState = {
  /** Opened; nothing was heard yet. */
  CONNECTING: 'CONNECTING',
  LIVE: 'LIVE',
  /** Something is wrong, and is being mended: the reason says what. */
  DEGRADED: 'DEGRADED',
  /** The exchange has halted the market: nothing will come before it trades again. */
  HALTED: 'HALTED',
} as const;
export type FeedState = (typeof FeedState)[keyof typeof FeedState];

/** How a feed stands at a moment. */
export interface FeedStatus {
  readonly state: FeedState;
  /** What is wrong, in a sentence; null unless it is degraded or halted. */
  readonly reason: string | null;
  /** When the state or the reason last changed, ms UTC. */
  readonly since: number;
  /** When the exchange last told anything, ms UTC; null before the first word. */
  readonly lastNewsAt: number | null;
}

/** What can be wrong with a feed; each is mended by itself. */
export type Trouble = 'HALT' | 'SILENCE' | 'STORAGE' | 'MISSING';

/** A market that tells something every second or two is seldom silent for so long, ms … */
const shortestUnusualMs = 15_000;
/** … and one that tells less often, not for so many times as long as it is between two news. */
const unusualTimes = 10;
/** Of the average between two news: how much the latest counts, and how much of a long silence. */
const latestShare = 0.1;
const longestGapMs = 60_000;

/** Keeps account of what is wrong with one feed. */
export class FeedHealth {
  private readonly now: () => number;
  private readonly changed: (status: FeedStatus) => void;
  private readonly troubles = new Map<Trouble, string>();
  private listeningSince: number;
  private lastNewsAt: number | null = null;
  /** Between two news on average, ms. */
  private usualGapMs: number | undefined;
  private current: FeedStatus;

  /**
   * @param now our own clock, ms UTC
   * @param changed told of each change of state or reason
   */
  constructor(now: () => number, changed: (status: FeedStatus) => void) {
    this.now = now;
    this.changed = changed;
    this.listeningSince = now();
    this.current = { state: FeedState.CONNECTING, reason: null, since: now(), lastNewsAt: null };
  }

  get status(): FeedStatus {
    return { ...this.current, lastNewsAt: this.lastNewsAt };
  }

  /** Milliseconds since the exchange told anything, or since it was subscribed. */
  get silentFor(): number {
    return this.now() - Math.max(this.listeningSince, this.lastNewsAt ?? 0);
  }

  /** In words: when the exchange last told anything. */
  get silentSince(): string {
    return this.lastNewsAt === null ? 'yet' : `since ${new Date(this.lastNewsAt).toISOString()}`;
  }

  /** Whether it tells nothing for longer than it usually does. */
  get isUnusuallySilent(): boolean {
    const { usualGapMs } = this;
    return usualGapMs !== undefined && this.silentFor >= Math.max(shortestUnusualMs, unusualTimes * usualGapMs);
  }

  /** The exchange says that the market trades again, and yet nothing comes. */
  resumed(reason: string): void {
    this.troubles.delete('HALT');
    this.wrong('SILENCE', reason);
  }

  /** Whether the exchange has said that it halted the market, and nothing since. */
  get isHalted(): boolean {
    return this.troubles.has('HALT');
  }

  /** The exchange was subscribed anew: it has time again to say something. */
  resubscribed(): void {
    this.listeningSince = this.now();
  }

  /** The exchange has told something. */
  heard(): void {
    const now = this.now();
    if (this.lastNewsAt !== null) {
      const gap = Math.min(now - this.lastNewsAt, longestGapMs);
      this.usualGapMs = this.usualGapMs === undefined ? gap : (1 - latestShare) * this.usualGapMs + latestShare * gap;
    }
    this.lastNewsAt = now;
    this.troubles.delete('SILENCE');
    this.troubles.delete('HALT');
    this.judge();
  }

  /** The exchange says that it has halted the market: that is why it is silent. */
  halted(reason: string): void {
    this.troubles.delete('SILENCE');
    this.wrong('HALT', reason);
  }

  wrong(trouble: Trouble, reason: string): void {
    this.troubles.set(trouble, reason);
    this.judge();
  }

  right(trouble: Trouble): void {
    if (this.troubles.delete(trouble)) this.judge();
  }

  private judge(): void {
    const reason = this.troubles.size > 0 ? [...this.troubles.values()].join('; ') : null;
    const state = this.stateNow(reason);
    if (state === this.current.state && reason === this.current.reason) return;
    this.current = { state, reason, since: this.now(), lastNewsAt: this.lastNewsAt };
    this.changed(this.status);
  }

  /** A halt explains a silence, but not that candles cannot be stored. */
  private stateNow(reason: string | null): FeedState {
    if (reason === null) return this.lastNewsAt === null ? FeedState.CONNECTING : FeedState.LIVE;
    return this.troubles.has('HALT') && this.troubles.size === 1 ? FeedState.HALTED : FeedState.DEGRADED;
  }
}
