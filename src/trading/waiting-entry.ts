import type { Belief } from './belief.ts';
import type { CandleNow } from './candle-now.ts';
import { slipped } from './fills.ts';
import type { GuardedPosition, GuardOptions } from './guarded-position.ts';
import { EntryType } from './options.ts';
import { Liquidity } from './order.ts';
import { PositionSide } from './position.ts';
import type { SessionCore } from './session-core.ts';
import type { OrderRequest } from './session-types.ts';
import type { SimulatedFills } from './simulated-fills.ts';

/** What the candle at hand does to a limit or stop entry that waits for it. */
export class WaitingEntry {
  readonly #session: SessionCore;
  readonly #now: CandleNow;
  readonly #belief: Belief;
  readonly #fills: SimulatedFills;
  readonly #guarded: GuardedPosition;
  readonly #options: GuardOptions;

  constructor(
    session: SessionCore,
    now: CandleNow,
    belief: Belief,
    fills: SimulatedFills,
    guarded: GuardedPosition,
    options: GuardOptions,
  ) {
    this.#session = session;
    this.#now = now;
    this.#belief = belief;
    this.#fills = fills;
    this.#guarded = guarded;
    this.#options = options;
  }

  /** Fills the entry where the candle reaches it. Its stop is live for the rest of the candle, its target from the next one. */
  reach(entry: OrderRequest, level: number): void {
    const now = this.#now;
    const { position } = this.#session;
    const buys = entry.positionSide === PositionSide.LONG;
    const isLimit = entry.type === EntryType.LIMIT;
    // Where a buying limit and a selling stop wait: below the price.
    const below = buys === isLimit;
    const atOpen = below ? now.open <= level : now.open >= level;
    const through = isLimit ? this.#options.through : 0;
    if (below ? now.low > level - through : now.high < level + through) return;
    const wasHeld = position.side !== 0;
    if (isLimit) {
      now.price = atOpen && this.#options.atOpen ? now.open : level;
      this.#fills.enter(entry, Liquidity.MAKER);
    } else {
      const filled = slipped(atOpen ? now.open : level, buys, this.#fills.slippage);
      now.price = buys ? Math.min(filled, now.high) : Math.max(filled, now.low);
      this.#fills.enter(entry, Liquidity.TAKER);
    }
    if (position.side === 0 || wasHeld) return;
    if (atOpen) {
      if (this.#guarded.isTouched()) this.#guarded.path();
      return;
    }
    position.enteredInside(isLimit ? 'LIMIT' : 'STOP');
    if (this.#isStoppedAfter(isLimit)) this.#guarded.adverse(position.entryPrice);
  }

  /** Whether the rest of a candle, after an entry inside it, is believed to have reached the stop or the liquidation price. */
  #isStoppedAfter(isLimit: boolean): boolean {
    const { side, stop, liquidation } = this.#session.position;
    const isBeyond = (value: number): boolean =>
      side > 0 ? value <= stop || value <= liquidation : value >= stop || value >= liquidation;
    if (!isBeyond(side > 0 ? this.#now.low : this.#now.high)) return false;
    // A limit is reached on the way to that extreme, and what closes beyond has been there after all.
    if (isLimit || isBeyond(this.#now.close)) return true;
    this.#belief.matters();
    return this.#belief.isAdverseLast(side);
  }
}
