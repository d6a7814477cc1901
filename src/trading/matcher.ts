import type { Candles } from './candle.ts';
import { Belief, type Reading } from './belief.ts';
import { CandleNow } from './candle-now.ts';
import type { DetailCursor } from './detail.ts';
import { GuardedPosition } from './guarded-position.ts';
import { EntryType, type FillModel, TargetGap } from './options.ts';
import { ExitReason } from './position.ts';
import { OrderLeg } from './session-types.ts';
import type { TradingSession } from './session.ts';
import { type FillOptions, type OnFill, SimulatedFills } from './simulated-fills.ts';
import { WaitingEntry } from './waiting-entry.ts';

export type { Reading } from './belief.ts';
export type { OnFill } from './simulated-fills.ts';

export interface MatcherOptions extends FillOptions {
  /** DETAIL reads the candles of `detail` as PESSIMISTIC does. */
  readonly fillModel: FillModel | Reading;
  readonly targetGap: TargetGap;
  /** Finer candles that are asked before anything is believed; null or absent: none. */
  readonly detail?: DetailCursor | null;
  /** See `simulationOptions`; nothing of it when absent. */
  readonly limitTradeThrough?: number;
  readonly stopLimitPercent?: number | null;
}

/**
 * Fills the orders of one session against candles, for backtests and for the tests that hold a bot to them. The session's pending order
 * and its position's levels are the order book.
 *
 * Inside a candle, in this order: what the open gaps through (liquidation, stop), the pending market order at the open, then the path.
 * With `targetGap` OPEN an exit that waits for the open comes before the stop, as in the engines that have this convention.
 */
export class Matcher {
  readonly #session: TradingSession;
  readonly #detail: DetailCursor | null;
  readonly #isOrderFirst: boolean;
  readonly #now = new CandleNow();
  readonly #belief: Belief;
  readonly #fills: SimulatedFills;
  readonly #guarded: GuardedPosition;
  readonly #entries: WaitingEntry;

  constructor(session: TradingSession, options: MatcherOptions, onFill: OnFill | null = null) {
    const now = this.#now;
    const guards = {
      atOpen: options.targetGap === TargetGap.OPEN,
      through: options.limitTradeThrough ?? 0,
      stopLimit: options.stopLimitPercent ?? null,
    };
    this.#session = session;
    this.#detail = options.detail ?? null;
    this.#isOrderFirst = guards.atOpen;
    this.#belief = new Belief(options.fillModel, now);
    this.#fills = new SimulatedFills(session, now, options, onFill);
    this.#guarded = new GuardedPosition(session, now, this.#belief, this.#fills, guards);
    this.#entries = new WaitingEntry(session, now, this.#belief, this.#fills, this.#guarded, guards);
  }

  /** Candles in which the order of the prices inside them mattered. */
  get ambiguous(): number {
    return this.#belief.ambiguous;
  }

  /** Everything that happens inside one candle, before the session is told that it closed. @param index its place in `candles` */
  candle(index: number, candles: Candles): void {
    const session = this.#session;
    this.#at(index, candles);
    if (session.pending !== null) this.#atOpen();
    if (!this.#isAwaited()) return;
    if (this.#detail !== null) {
      const [order, made] = [session.pending, this.#fills.made];
      this.#walk(this.#detail);
      if (session.pending !== order || this.#fills.made !== made) return;
      // Nothing came of the finer candles: of those that matter, some are missing.
      this.#at(index, candles);
    }
    this.#inside();
  }

  #at(index: number, { openTime, open, high, low, close }: Candles): void {
    this.#now.set(index, openTime[index], open[index], high[index], low[index], close[index]);
  }

  /** Whether the prices of the candle can lead to anything. */
  #isAwaited(): boolean {
    const { pending } = this.#session;
    return (pending !== null && pending.type !== EntryType.MARKET) || this.#guarded.isTouched();
  }

  /** The path inside the candle at hand. */
  #inside(): void {
    const session = this.#session;
    const waiting = session.pending;
    if (waiting?.leg === OrderLeg.EXIT && waiting.price !== null) {
      this.#guarded.waitOut(waiting, waiting.price);
      return;
    }
    // Of an entry that was filled in part, what is held comes first.
    if (this.#guarded.isTouched()) this.#guarded.path();
    if (waiting !== null && waiting.price !== null && session.pending === waiting) this.#entries.reach(waiting, waiting.price);
  }

  /** Lets the finer candles decide. */
  #walk(detail: DetailCursor): void {
    const fine = detail.candles;
    const { position } = this.#session;
    const { index, time } = this.#now;
    for (let i = detail.from(time); detail.within(i, time); i++) {
      this.#now.set(index, time, fine.open[i], fine.high[i], fine.low[i], fine.close[i]);
      if (this.#isAwaited()) this.#inside();
      else {
        position.saw(fine.high[i]);
        position.saw(fine.low[i]);
      }
      if (this.#session.pending === null && position.side === 0) return;
    }
  }

  /**
   * The first price of a candle, for those who see candles grow: the pending market order fills now instead of at the candle's end,
   * at the same price. Left for `candle` when the open has gapped through the position's levels.
   */
  opened(index: number, at: number, opens: number): void {
    if (!this.#guarded.isGapped(opens)) this.fillPending(index, at, opens);
  }

  /** Fills the pending market order at a price, and the entry of a reversal at the same one. */
  fillPending(index: number, at: number, market: number): void {
    this.#now.setPrice(index, at, market);
    this.#atMarket();
  }

  /** Closes the position at a price as a market order would. */
  closeAt(index: number, at: number, market: number, reason: ExitReason): void {
    this.#now.setPrice(index, at, market);
    if (this.#session.position.side !== 0) this.#fills.exitAtMarket(null, reason);
  }

  #atOpen(): void {
    const { open } = this.#now;
    const isBroken = this.#isExitFirst() ? this.#guarded.isLiquidatedAt(open) : this.#guarded.isGapped(open);
    if (isBroken) this.#guarded.adverse(open);
    this.#now.price = open;
    this.#atMarket();
  }

  /** Whether an exit at the market waits for the open and gets it before the stop that the open has gapped through. */
  #isExitFirst(): boolean {
    const { pending } = this.#session;
    return this.#isOrderFirst && pending !== null && pending.leg === OrderLeg.EXIT && pending.type === EntryType.MARKET;
  }

  #atMarket(): void {
    const session = this.#session;
    const exit = session.pending;
    if (exit !== null && exit.leg === OrderLeg.EXIT && exit.type === EntryType.MARKET)
      this.#fills.exitAtMarket(exit, exit.reason ?? ExitReason.SIGNAL);
    const entry = session.pending;
    if (entry !== null && entry.leg === OrderLeg.ENTRY && entry.type === EntryType.MARKET) this.#fills.enterAtMarket(entry);
  }
}
