import type { HeldPosition } from './held.ts';
import { EntryGuard, hasLimits } from './limits.ts';
import type { TradingOptions } from './options.ts';
import { RefusalReason } from './session-types.ts';

/** A session as its account sees it. */
interface Member {
  readonly position: HeldPosition;
  /** Whether an entry is under way and nothing of it filled. */
  readonly isEntering: boolean;
}

/** The capital of one session, or of several that share it, and the limits on their entries. */
export class Account {
  /** Capital without the profit of open positions, in quote currency. */
  balance: number;
  /** Null where no limit is set. */
  readonly guard: EntryGuard | null;
  /** Whether several sessions draw on it; whoever runs them then tells the guard of equity, once per moment. */
  readonly isShared: boolean;
  readonly #maxOpenPositions: number;
  readonly #members: Member[] = [];

  /**
   * @param guarded keep count of days and falls even where no limit is set
   * @param maxOpenPositions how many sessions may hold a position or wait for one; null: not shared
   */
  constructor(options: TradingOptions, guarded: boolean, maxOpenPositions: number | null = null) {
    this.balance = options.initialCapital;
    this.guard = guarded || hasLimits(options) ? new EntryGuard(options, options.initialCapital) : null;
    this.isShared = maxOpenPositions !== null;
    this.#maxOpenPositions = maxOpenPositions ?? Infinity;
  }

  join(member: Member): void {
    this.#members.push(member);
  }

  /** What an entry may draw on: the balance without the margin of open positions. */
  get free(): number {
    let free = this.balance;
    for (const { position } of this.#members) if (position.side !== 0) free -= position.margin;
    return free;
  }

  /** Why a session may not enter now, or null: the limits of the account, and what the others hold or wait for. */
  refusalFor(member: Member): RefusalReason | null {
    if (!this.isShared) return this.guard === null ? null : this.guard.refusal();
    const others = this.#members.filter((other) => other !== member);
    const waiting = others.filter((other) => other.isEntering).length;
    const refusal = this.guard?.refusal(waiting) ?? null;
    if (refusal !== null) return refusal;
    const busy = others.filter((other) => other.position.side !== 0 || other.isEntering).length;
    return busy >= this.#maxOpenPositions ? RefusalReason.MAX_OPEN_POSITIONS : null;
  }
}
