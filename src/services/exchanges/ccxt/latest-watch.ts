import { listen, pause, tellAll } from './listen.ts';
import type { Redial } from './redial.ts';

export interface LatestWatchParts<T> {
  /** Resolves with the state after the next change. */
  readonly watch: () => Promise<T>;
  readonly unWatch: () => Promise<unknown>;
  /** Asks the exchange's records for the state. */
  readonly ask: () => Promise<T>;
  readonly isSame: (one: T, other: T) => boolean;
  readonly redial: Redial;
  readonly onTrouble: (error: unknown) => void;
}

/** A stream that has told nothing so soon after it was asked for has nothing new to tell: the state is asked for. */
const firstWordMs = 1_000;

/**
 * The latest state of one thing of a market, its ticker or its book, for all who watch it. Whatever a stream has told is told on. When it is silent,
 * the records are asked: a state that they have and the stream has not told means that the stream is mute, and it is dialed anew.
 */
export class LatestWatch<T> {
  readonly listeners = new Set<(state: T) => void>();
  private readonly parts: LatestWatchParts<T>;
  private readonly ending = new AbortController();
  private latest: T | undefined;
  private isHeard = false;
  private heardAt = Number.NEGATIVE_INFINITY;

  constructor(parts: LatestWatchParts<T>) {
    this.parts = parts;
    const { watch, onTrouble } = parts;
    const take = (state: T): void => {
      this.isHeard = true;
      this.heardAt = performance.now();
      this.tell(state);
    };
    void listen({ watch, take, onTrouble, onLost: () => (this.isHeard = false), signal: this.ending.signal });
    void this.lookAfter();
  }

  stop(): void {
    this.ending.abort();
    this.listeners.clear();
    // The exchange would go on sending. A connection that is down needs no word, and would be dialed for it.
    if (this.isHeard) void this.parts.unWatch().catch(() => undefined);
  }

  private tell(state: T): void {
    this.latest = state;
    tellAll(this.listeners, state, this.parts.onTrouble);
  }

  private async lookAfter(): Promise<void> {
    const { redial, onTrouble } = this.parts;
    const { signal } = this.ending;
    for (let wait = Math.min(firstWordMs, redial.silenceMs); ; wait = redial.silenceMs) {
      await pause(wait, signal);
      if (signal.aborted) return;
      if (performance.now() - this.heardAt >= wait) await this.compare().catch(onTrouble);
    }
  }

  private async compare(): Promise<void> {
    const { ask, isSame, redial } = this.parts;
    const { heardAt } = this;
    const state = await ask();
    // The stream has overtaken the answer.
    if (this.ending.signal.aborted || this.heardAt !== heardAt) return;
    const isNews = this.latest === undefined || !isSame(this.latest, state);
    if (!isNews) return;
    const wasHeard = this.isHeard;
    this.tell(state);
    if (wasHeard) redial.now();
  }
}
