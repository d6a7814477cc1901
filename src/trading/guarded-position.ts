import type { Belief } from './belief.ts';
import type { CandleNow } from './candle-now.ts';
import { liquidationFillPrice, priceAt, stopFillPrice, targetFillPrice } from './fills.ts';
import { FillModel } from './options.ts';
import { Liquidity } from './order.ts';
import { ExitReason } from './position.ts';
import type { SessionCore } from './session-core.ts';
import type { OrderRequest } from './session-types.ts';
import type { SimulatedFills } from './simulated-fills.ts';

export interface GuardOptions {
  /** Whether resting limits get the better open that has passed them. */
  readonly atOpen: boolean;
  /** How far beyond a resting limit the price must trade. */
  readonly through: number;
  /** How far below its level a stop may fill, in percent; null: at any price. */
  readonly stopLimit: number | null;
}

/** What the candle at hand does to an open position: its stop, its target, its liquidation price, and an exit that waits. */
export class GuardedPosition {
  readonly #session: SessionCore;
  readonly #now: CandleNow;
  readonly #belief: Belief;
  readonly #fills: SimulatedFills;
  readonly #options: GuardOptions;
  readonly #through: number;

  constructor(session: SessionCore, now: CandleNow, belief: Belief, fills: SimulatedFills, options: GuardOptions) {
    this.#session = session;
    this.#now = now;
    this.#belief = belief;
    this.#fills = fills;
    this.#options = options;
    this.#through = options.through;
  }

  /** Whether prices of the candle reach any of the levels. */
  isTouched(): boolean {
    const { side, stop, liquidation, target } = this.#session.position;
    const { high, low } = this.#now;
    return side > 0
      ? low <= stop || low <= liquidation || high >= target + this.#through
      : side < 0 && (high >= stop || high >= liquidation || low <= target - this.#through);
  }

  /** Whether an open is already beyond the stop or the liquidation price. */
  isGapped(opens: number): boolean {
    const { side, stop } = this.#session.position;
    return this.isLiquidatedAt(opens) || (side > 0 ? opens <= stop : side < 0 && opens >= stop);
  }

  /** Whether an open is already beyond the liquidation price. */
  isLiquidatedAt(opens: number): boolean {
    const { side, liquidation } = this.#session.position;
    return side > 0 ? opens <= liquidation : side < 0 && opens >= liquidation;
  }

  /** A level was touched inside the candle: which one first, and what the position lived through before it. */
  path(): void {
    const { position } = this.#session;
    const { side, stop, liquidation, target } = position;
    const now = this.#now;
    const long = side > 0;
    const good = long ? now.high : now.low;
    const bad = long ? now.low : now.high;
    const targetHit = long ? good >= target + this.#through : good <= target - this.#through;
    const stopHit = long ? bad <= stop || bad <= liquidation : bad >= stop || bad >= liquidation;
    const stopFirst = this.#belief.isAdverseFirst(side);
    // A target that the open has already passed is reached before anything else, except to the pessimist.
    const passed = long ? now.open >= target : now.open <= target;
    if (stopHit) {
      const gapped = this.isGapped(now.open);
      if (targetHit && !gapped) {
        this.#belief.matters();
        if (!stopFirst || (passed && this.#belief.reading === FillModel.OHLC_PATH)) {
          this.#takeProfit();
          // Where there was not volume enough for the target, the rest went the whole way.
          if (position.side !== 0) this.adverse(now.open);
          return;
        }
      }
      if (!stopFirst && !gapped) position.saw(good);
      this.adverse(now.open);
      return;
    }
    if (stopFirst && !passed) position.saw(bad);
    this.#takeProfit();
  }

  /** Liquidation or stop, whichever the adverse move reaches first. @param opens where that move begins */
  adverse(opens: number): void {
    const { position } = this.#session;
    const { side, stop, liquidation, trailing } = position;
    const long = side > 0;
    const stopIsNearer = long ? stop >= liquidation && opens > liquidation : stop <= liquidation && opens < liquidation;
    if (stopIsNearer) {
      const now = this.#now;
      const reason = trailing ? ExitReason.TRAILING_STOP : ExitReason.STOP_LOSS;
      const extreme = long ? now.low : now.high;
      now.price = stopFillPrice(side, stop, opens, extreme, this.#fills.slippage);
      const { stopLimit } = this.#options;
      if (stopLimit === null) this.#fills.exit(null, Liquidity.TAKER, reason);
      else this.#stopWithLimit(priceAt(stop, long ? -stopLimit : stopLimit), opens, reason);
      // Where there was not volume enough for the stop, the rest fell on.
      if (position.side === 0 || !this.#isLiquidated()) return;
    }
    this.#liquidate(opens);
  }

  #liquidate(opens: number): void {
    const { side, liquidation, bankruptcy } = this.#session.position;
    this.#now.price = liquidationFillPrice(side, liquidation, bankruptcy, opens);
    this.#fills.exit(null, Liquidity.TAKER, ExitReason.LIQUIDATION);
  }

  #isLiquidated(): boolean {
    const { side, liquidation } = this.#session.position;
    return side > 0 ? this.#now.low <= liquidation : this.#now.high >= liquidation;
  }

  /** A stop was touched whose order may not fill beyond a limit. */
  #stopWithLimit(limit: number, opens: number, reason: ExitReason): void {
    const session = this.#session;
    const now = this.#now;
    const long = session.position.side > 0;
    if (long ? opens >= limit : opens <= limit) {
      now.price = long ? Math.max(now.price, limit) : Math.min(now.price, limit);
      this.#fills.exit(null, Liquidity.TAKER, reason, limit);
      return;
    }
    const waiting = session.goOnExiting(reason, now.price, now.time, limit);
    session.position.disarm();
    this.waitOut(waiting, limit);
  }

  /** A limit that closes the position waits for its price; only a liquidation comes before it. */
  waitOut(order: OrderRequest, limit: number): void {
    const { side } = this.#session.position;
    const now = this.#now;
    const long = side > 0;
    const isReached = long ? now.high >= limit + this.#through : now.low <= limit - this.#through;
    const opensThere = long ? now.open >= limit : now.open <= limit;
    if (this.#isLiquidated()) {
      if (isReached && !opensThere) this.#belief.matters();
      if (!isReached || (!opensThere && this.#belief.isAdverseFirst(side))) {
        this.#liquidate(now.open);
        return;
      }
    }
    if (!isReached) return;
    now.price = opensThere && this.#options.atOpen ? now.open : limit;
    this.#fills.exit(order, Liquidity.MAKER, order.reason ?? ExitReason.STOP_LOSS);
    if (this.#session.position.side !== 0 && this.#isLiquidated()) this.#liquidate(now.open);
  }

  #takeProfit(): void {
    const { side, target } = this.#session.position;
    this.#now.price = targetFillPrice(side, target, this.#now.open, this.#options.atOpen);
    this.#fills.exit(null, Liquidity.MAKER, ExitReason.TAKE_PROFIT);
  }
}
