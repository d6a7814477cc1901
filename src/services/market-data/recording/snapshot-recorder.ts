import type { Unsubscribe } from '../../exchanges/port/subscription.ts';
import type { LatestFeeds, MarketKey } from '../latest-feeds.ts';
import type { Recorder } from './trade-recorder.ts';

/** Snapshots that wait to be stored, at the most: older ones are let go. */
const mostWaiting = 1_000;

/** Writes the state of one market down from time to time: at most once in each interval of the exchange's clock, and only when it was told anew. */
export class SnapshotRecorder<T extends { readonly at: number }> implements Recorder {
  readonly isOver = false;
  private readonly subscribe: (listener: (state: T) => void) => Unsubscribe;
  private readonly write: (states: readonly T[]) => Promise<void>;
  private readonly intervalMs: number;
  private waiting: T[] = [];
  private interval: number | undefined;
  private leave: Unsubscribe | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(parts: {
    key: MarketKey;
    feeds: Pick<LatestFeeds<T>, 'subscribe'>;
    intervalSeconds: number;
    write: (states: readonly T[]) => Promise<void>;
  }) {
    this.subscribe = (listener) => parts.feeds.subscribe(parts.key, listener);
    this.write = parts.write;
    this.intervalMs = parts.intervalSeconds * 1_000;
  }

  start(): Promise<void> {
    this.leave = this.subscribe((state) => this.take(state));
    return Promise.resolve();
  }

  flush(): Promise<void> {
    this.writing = this.writing.catch(() => undefined).then(() => this.store());
    return this.writing;
  }

  stop(): void {
    this.leave?.();
  }

  private take(state: T): void {
    const interval = Math.floor(state.at / this.intervalMs);
    if (this.interval !== undefined && interval <= this.interval) return;
    this.interval = interval;
    this.waiting.push(state);
  }

  private async store(): Promise<void> {
    const states = this.waiting;
    if (states.length === 0) return;
    this.waiting = [];
    try {
      await this.write(states);
    } catch (error) {
      this.waiting = [...states, ...this.waiting].slice(-mostWaiting);
      throw error;
    }
  }
}
