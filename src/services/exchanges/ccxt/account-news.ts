import { setTimeout as sleep } from 'node:timers/promises';
import type { CcxtClient, CcxtOrder, CcxtTrade } from './client.ts';

export interface AccountNewsParts {
  readonly client: CcxtClient;
  readonly takeOrder: (order: CcxtOrder) => void;
  readonly takeTrade: (trade: CcxtTrade) => void;
  /** Looks up what the streams may have missed. */
  readonly sweep: () => Promise<void>;
  readonly onTrouble: (error: unknown) => void;
  /** Between two sweeps while all is well, ms. */
  readonly sweepEveryMs: number;
}

/** Between two attempts to connect; doubled up to the longest. */
const retryMs = 250;
const longestRetryMs = 30_000;
/** A stream is signed in so long after it was asked for; what happened until then only a sweep can tell. */
const signInMs = 2_000;
/** A stream tells what an answer has told before so soon; after that it is looked up. */
const patienceMs = 400;

/**
 * Hears of an account's orders and trades. The streams are quick but forgetful: ccxt replays nothing after a reconnect, so a sweep through the
 * look-ups follows each one, and one comes every now and then besides.
 */
export class AccountNews {
  private readonly parts: AccountNewsParts;
  private readonly ending = new AbortController();
  private readonly timers = new Set<NodeJS.Timeout>();
  private sweeping: Promise<void> | undefined;
  private isSweepWanted = false;
  private isStarted = false;

  constructor(parts: AccountNewsParts) {
    this.parts = parts;
  }

  start(): void {
    if (this.isStarted || this.isStopped) return;
    this.isStarted = true;
    const { client, takeOrder, takeTrade } = this.parts;
    void this.listen(() => client.watchOrders(), takeOrder);
    void this.listen(() => client.watchMyTrades(), takeTrade);
    this.afterConnecting();
    void this.sweepRegularly();
  }

  stop(): void {
    this.ending.abort();
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  /** Something is known only in part: if the stream does not tell the rest at once, it is looked up. */
  expectMore(): void {
    if (this.isStarted) this.sweepIn(patienceMs);
  }

  /** Something happened that only the records tell. */
  sweepSoon(): void {
    if (this.isStarted) this.sweep();
  }

  private get isStopped(): boolean {
    return this.ending.signal.aborted;
  }

  /** Only takes and asks again: an event that came between two calls would be seen with the next one only. */
  private async listen<T>(watch: () => Promise<readonly T[]>, take: (item: T) => void): Promise<void> {
    const { onTrouble } = this.parts;
    let wait = retryMs;
    while (!this.isStopped) {
      try {
        const items = await watch();
        wait = retryMs;
        for (const item of items) this.guarded(() => take(item));
      } catch (error) {
        if (this.isStopped) return;
        onTrouble(error);
        await this.pause(wait);
        wait = Math.min(2 * wait, longestRetryMs);
        this.afterConnecting();
      }
    }
  }

  private afterConnecting(): void {
    this.sweep();
    this.sweepIn(signInMs);
  }

  private async sweepRegularly(): Promise<void> {
    while (!this.isStopped) {
      await this.pause(this.parts.sweepEveryMs);
      this.sweep();
    }
  }

  private sweepIn(ms: number): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.sweep();
    }, ms);
    timer.unref();
    this.timers.add(timer);
  }

  /** One at a time; what is wanted meanwhile is one more. */
  private sweep(): void {
    if (this.isStopped) return;
    this.isSweepWanted = true;
    this.sweeping ??= this.sweepWhileWanted().finally(() => {
      this.sweeping = undefined;
      if (this.isSweepWanted) this.sweep();
    });
  }

  private async sweepWhileWanted(): Promise<void> {
    while (this.isSweepWanted && !this.isStopped) {
      this.isSweepWanted = false;
      try {
        await this.parts.sweep();
      } catch (error) {
        if (!this.isStopped) this.parts.onTrouble(error);
      }
    }
  }

  /** One item that cannot be read must not cost the others. */
  private guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.parts.onTrouble(error);
    }
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.ending.signal, ref: false }).catch(() => undefined);
  }
}
