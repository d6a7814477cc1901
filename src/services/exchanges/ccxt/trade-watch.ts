import type { PublicTrade } from '../port/market-data.ts';
import { listen, longestRetryMs, pause, retryMs, tellAll } from './listen.ts';
import type { Redial } from './redial.ts';

export interface TradeWatchParts {
  /** Resolves with the trades that are new. */
  readonly watch: () => Promise<readonly PublicTrade[]>;
  readonly unWatch: () => Promise<unknown>;
  /** Trades at or after a moment (ms UTC), ascending, from the exchange's records. */
  readonly ask: (since: number) => Promise<readonly PublicTrade[]>;
  /** The ids are whole numbers without gaps. */
  readonly hasSequence: boolean;
  /** Nothing is told from before, ms UTC. */
  readonly beginsAt: number;
  readonly redial: Redial;
  readonly onTrouble: (error: unknown) => void;
}

/** Ids that are remembered, so that a trade that comes again is known. */
const mostIds = 5_000;
/** A connection is made anew so soon after it was lost. */
const reconnectMs = 1_000;
/** The records may be a little behind the stream: so often they are asked for what it shows to be missing. */
const patience = 4;

/**
 * The public trades of one market, for all who watch them: each once, in order. When the connection was gone, when an id is missing between two, or
 * when the stream is silent while trades happen, the exchange's records tell the rest, and what the stream tells meanwhile waits behind it.
 */
export class TradeWatch {
  readonly listeners = new Set<(trade: PublicTrade) => void>();
  /** Told when trades are missing for good before the next one. */
  readonly gapListeners = new Set<() => void>();
  private readonly parts: TradeWatchParts;
  private readonly ending = new AbortController();
  private readonly told = new Set<string>();
  private last: PublicTrade | undefined;
  private readonly beginsAt: number;
  private waiting: PublicTrade[] = [];
  private catchingUp: Promise<void> | undefined;
  /** Trades may have happened that the stream did not tell. */
  private isIncomplete = true;
  private isCatchingUpSoon = false;
  private isHeard = false;
  private heardAt = performance.now();

  constructor(parts: TradeWatchParts) {
    this.parts = parts;
    this.beginsAt = parts.beginsAt;
    const onLost = (): void => {
      this.isHeard = false;
      this.isIncomplete = true;
      void this.catchUpSoon();
    };
    void listen({
      watch: parts.watch,
      take: (trades) => this.take(trades),
      onTrouble: parts.onTrouble,
      onLost,
      signal: this.ending.signal,
    });
    void this.lookAfter();
  }

  stop(): void {
    this.ending.abort();
    this.listeners.clear();
    this.gapListeners.clear();
    if (this.isHeard) void this.parts.unWatch().catch(() => undefined);
  }

  private take(trades: readonly PublicTrade[]): void {
    this.isHeard = true;
    this.heardAt = performance.now();
    this.waiting.push(...trades.filter(({ at }) => at >= this.beginsAt));
    if (this.isIncomplete || this.missesSome()) this.catchUp();
    else if (!this.catchingUp) this.release();
  }

  /** Whether an id is missing between what was told and what waits. */
  private missesSome(): boolean {
    if (!this.parts.hasSequence || !this.last) return false;
    let expected = Number(this.last.id) + 1;
    for (const id of this.waiting.map((trade) => Number(trade.id)).sort((a, b) => a - b)) {
      if (id > expected) return true;
      if (id === expected) expected += 1;
    }
    return false;
  }

  private release(): void {
    for (const trade of inOrder(this.waiting.splice(0), this.parts.hasSequence)) this.tell(trade);
  }

  private tell(trade: PublicTrade): void {
    const isKnown = this.parts.hasSequence && this.last ? Number(trade.id) <= Number(this.last.id) : this.told.has(trade.id);
    if (isKnown || trade.at < this.beginsAt || this.ending.signal.aborted) return;
    this.last = trade;
    this.told.add(trade.id);
    const [oldest] = this.told;
    if (this.told.size > mostIds && oldest !== undefined) this.told.delete(oldest);
    tellAll(this.listeners, trade, this.parts.onTrouble);
  }

  private catchUp(): void {
    this.catchingUp ??= this.readRecords().finally(() => {
      this.catchingUp = undefined;
      this.release();
    });
  }

  /** What happened while the connection was gone need not wait for the next trade. */
  private async catchUpSoon(): Promise<void> {
    if (this.isCatchingUpSoon) return;
    this.isCatchingUpSoon = true;
    await pause(reconnectMs, this.ending.signal);
    this.isCatchingUpSoon = false;
    if (this.ending.signal.aborted) return;
    this.catchUp();
    await this.catchingUp;
    // The connection may not be there yet.
    if (!this.isHeard) this.isIncomplete = true;
  }

  private async readRecords(): Promise<void> {
    const { signal } = this.ending;
    const { ask, onTrouble } = this.parts;
    let wait = retryMs;
    for (let readings = 0; readings < patience && !signal.aborted;) {
      this.isIncomplete = false;
      try {
        const { last } = this;
        const trades = await ask(last?.at ?? this.beginsAt);
        // The records do not reach back to what was told last; a sequence shows by itself what is missing.
        if (!this.parts.hasSequence && last && trades.length > 0 && !trades.some(({ id }) => id === last.id)) this.tellGap();
        for (const trade of trades) this.tell(trade);
        readings += 1;
      } catch (error) {
        onTrouble(error);
        this.isIncomplete = true;
      }
      if (!this.isIncomplete && !this.missesSome()) return;
      await pause(wait, signal);
      wait = Math.min(2 * wait, longestRetryMs);
    }
    if (signal.aborted) return;
    this.tellGap();
    onTrouble(new Error('the exchange keeps no record of trades that its stream has left out'));
  }

  private tellGap(): void {
    for (const listener of this.gapListeners) listener();
  }

  /** A silent stream: if trades happen all the same, it is mute. */
  private async lookAfter(): Promise<void> {
    const { redial } = this.parts;
    const { signal } = this.ending;
    for (;;) {
      await pause(redial.silenceMs, signal);
      if (signal.aborted) return;
      if (performance.now() - this.heardAt < redial.silenceMs) continue;
      const before = this.last;
      const wasHeard = this.isHeard;
      this.catchUp();
      await this.catchingUp;
      if (this.last !== before && wasHeard && performance.now() - this.heardAt >= redial.silenceMs) redial.now();
    }
  }
}

/** Ascending by id where ids are numbers in sequence, otherwise by time and as they came. */
export function inOrder(trades: readonly PublicTrade[], hasSequence: boolean): PublicTrade[] {
  return trades.toSorted((a, b) => (hasSequence ? Number(a.id) - Number(b.id) : a.at - b.at));
}
