import type { DetailCursor } from './detail.ts';
import { liquidationFillPrice, slipped, stopFillPrice, targetFillPrice } from './fills.ts';
import { FillModel, TargetGap } from './options.ts';
import { Liquidity } from './order.ts';
import { ExitReason, PositionSide } from './position.ts';
import { type Execution, OrderLeg, type OrderRequest } from './session-types.ts';
import type { TradingSession } from './session.ts';

/** What is believed of a candle that touched both stop and target: stop first, by the path of its prices, or target first. */
export type Reading = 'PESSIMISTIC' | 'OHLC_PATH' | 'OPTIMISTIC';

export interface MatcherOptions {
  /** DETAIL reads the candles of `detail` as PESSIMISTIC does. */
  readonly fillModel: FillModel | Reading;
  readonly targetGap: TargetGap;
  /** Finer candles that are asked before anything is believed; null or absent: none. */
  readonly detail?: DetailCursor | null;
}

/**
 * Told of each simulated fill after the session knows of it; `order` is null when a stop, target or liquidation filled. The execution
 * is the matcher's own record, overwritten by the next fill: copy what should last.
 */
export type OnFill = (execution: Execution, order: OrderRequest | null) => void;

/**
 * Fills the orders of one session against candles: the backtest and the paper exchange use this same code, so the same candles give
 * the same trades to the last digit. The session's pending order and its position's levels are the order book.
 *
 * Inside a candle, in this order: what the open gaps through (liquidation, stop), the pending market order at the open, then the path.
 */
export class Matcher {
  /** Candles in which the order of stop and target mattered. */
  ambiguous = 0;

  readonly #session: TradingSession;
  readonly #reading: Reading;
  readonly #detail: DetailCursor | null;
  readonly #targetAtOpen: boolean;
  readonly #onFill: OnFill | null;
  readonly #slippage: number;
  readonly #taker: number;
  readonly #maker: number;
  readonly #liquidationFee: number;
  readonly #fill: { -readonly [K in keyof Execution]: Execution[K] } = {
    leg: OrderLeg.ENTRY,
    positionSide: PositionSide.LONG,
    price: Number.NaN,
    quantity: Number.NaN,
    fee: Number.NaN,
    liquidity: Liquidity.TAKER,
    reason: null,
    at: Number.NaN,
    complete: true,
  };

  constructor(session: TradingSession, options: MatcherOptions, onFill: OnFill | null = null) {
    const { slippagePercent, feePercent, makerFeePercent, liquidationFeePercent } = session.options;
    this.#session = session;
    this.#reading = options.fillModel === FillModel.DETAIL ? FillModel.PESSIMISTIC : options.fillModel;
    this.#detail = options.detail ?? null;
    this.#targetAtOpen = options.targetGap === TargetGap.OPEN;
    this.#onFill = onFill;
    this.#slippage = slippagePercent / 100;
    this.#taker = feePercent / 100;
    this.#maker = (makerFeePercent ?? feePercent) / 100;
    this.#liquidationFee = liquidationFeePercent / 100;
  }

  /** Everything that happens inside one candle, before the session is told that it closed. */
  candle(index: number, time: number, open: number, high: number, low: number, close: number): void {
    const { position } = this.#session;
    if (this.#session.pending !== null) this.#atOpen(index, time, open, high, low);
    if (position.side === 0 || !this.#touched(high, low)) return;
    if (this.#detail !== null && this.#byDetail(this.#detail, index, time)) return;
    this.#path(index, time, open, high, low, close);
  }

  #touched(high: number, low: number): boolean {
    const { side, stop, liquidation, target } = this.#session.position;
    return side > 0 ? low <= stop || low <= liquidation || high >= target : high >= stop || high >= liquidation || low <= target;
  }

  /** Lets the fine candles decide; false when none of them touched a level, which only happens where some are missing. */
  #byDetail(detail: DetailCursor, index: number, time: number): boolean {
    const { openTime, open, high, low, close } = detail.candles;
    for (let fine = detail.from(time); detail.within(fine, time); fine++) {
      if (openTime[fine] >= time && this.#touched(high[fine], low[fine])) {
        this.#path(index, time, open[fine], high[fine], low[fine], close[fine]);
        return true;
      }
      this.#session.position.saw(high[fine]);
      this.#session.position.saw(low[fine]);
    }
    return false;
  }

  #path(index: number, time: number, open: number, high: number, low: number, close: number): void {
    const { side, target } = this.#session.position;
    if (side > 0) this.#inside(index, time, open, high, low, high >= target, this.#longStopsFirst(open, close));
    else this.#inside(index, time, open, low, high, low <= target, this.#shortStopsFirst(open, close));
  }

  /**
   * The first price of a candle, for those who see candles grow: the pending market order fills now instead of at the candle's end,
   * at the same price. Left for `candle` when the open has gapped through the position's levels.
   */
  opened(index: number, time: number, open: number): void {
    const { position } = this.#session;
    const { side } = position;
    const gapped =
      side > 0 ? open <= position.stop || open <= position.liquidation : open >= position.stop || open >= position.liquidation;
    if (side === 0 || !gapped) this.fillPending(index, time, open);
  }

  /** Fills the pending market order at a price, and the entry of a reversal at the same one. */
  fillPending(index: number, time: number, price: number): void {
    const session = this.#session;
    if (session.pending?.leg === OrderLeg.EXIT) this.#exitAtMarket(session.pending, index, time, price);
    if (session.pending?.leg === OrderLeg.ENTRY) this.#enter(session.pending, index, time, price);
  }

  /** Closes the position at a price as a market order would. */
  closeAt(index: number, time: number, price: number, reason: ExitReason): void {
    const { position } = this.#session;
    const filled = slipped(price, position.side < 0, this.#slippage);
    if (position.side !== 0) this.#exit(null, index, time, filled, this.#taker, Liquidity.TAKER, reason);
  }

  #atOpen(index: number, time: number, open: number, high: number, low: number): void {
    const { position } = this.#session;
    if (position.side > 0 && (open <= position.stop || open <= position.liquidation)) this.#adverse(index, time, open, low);
    else if (position.side < 0 && (open >= position.stop || open >= position.liquidation)) this.#adverse(index, time, open, high);
    this.fillPending(index, time, open);
  }

  #longStopsFirst(open: number, close: number): boolean {
    return this.#reading === FillModel.PESSIMISTIC || (this.#reading === FillModel.OHLC_PATH && close >= open);
  }

  #shortStopsFirst(open: number, close: number): boolean {
    return this.#reading === FillModel.PESSIMISTIC || (this.#reading === FillModel.OHLC_PATH && close < open);
  }

  /**
   * A level was touched inside the candle. `good` and `bad` are its extremes as the position sees them.
   * @param stopFirst what the model believes where both were touched
   */
  #inside(index: number, time: number, open: number, good: number, bad: number, targetHit: boolean, stopFirst: boolean): void {
    const { position } = this.#session;
    const { side, stop, liquidation, target } = position;
    const long = side > 0;
    const stopHit = long ? bad <= stop || bad <= liquidation : bad >= stop || bad >= liquidation;
    if (stopHit) {
      const gapped = long ? open <= stop || open <= liquidation : open >= stop || open >= liquidation;
      if (targetHit && !gapped) {
        this.ambiguous += 1;
        // A target that the open has already passed is reached before anything else, except to the pessimist.
        const passed = long ? open >= target : open <= target;
        if (!stopFirst || (passed && this.#reading === FillModel.OHLC_PATH)) {
          this.#takeProfit(index, time, open);
          return;
        }
      }
      if (!stopFirst && !gapped) position.saw(good);
      this.#adverse(index, time, open, bad);
      return;
    }
    if (stopFirst && !(long ? open >= target : open <= target)) position.saw(bad);
    this.#takeProfit(index, time, open);
  }

  /** Liquidation or stop, whichever the adverse move reaches first. */
  #adverse(index: number, time: number, open: number, bad: number): void {
    const { position } = this.#session;
    const { side, stop, liquidation, bankruptcy } = position;
    const stopIsNearer = side > 0 ? stop >= liquidation && open > liquidation : stop <= liquidation && open < liquidation;
    if (stopIsNearer) {
      const reason = position.trailing ? ExitReason.TRAILING_STOP : ExitReason.STOP_LOSS;
      this.#exit(null, index, time, stopFillPrice(side, stop, open, bad, this.#slippage), this.#taker, Liquidity.TAKER, reason);
    } else {
      const price = liquidationFillPrice(side, liquidation, bankruptcy, open);
      this.#exit(null, index, time, price, this.#liquidationFee, Liquidity.TAKER, ExitReason.LIQUIDATION);
    }
  }

  #takeProfit(index: number, time: number, open: number): void {
    const { side, target } = this.#session.position;
    const price = targetFillPrice(side, target, open, this.#targetAtOpen);
    this.#exit(null, index, time, price, this.#maker, Liquidity.MAKER, ExitReason.TAKE_PROFIT);
  }

  #exitAtMarket(order: OrderRequest, index: number, time: number, price: number): void {
    const filled = slipped(price, this.#session.position.side < 0, this.#slippage);
    this.#exit(order, index, time, filled, this.#taker, Liquidity.TAKER, order.reason ?? ExitReason.SIGNAL);
  }

  #enter(order: OrderRequest, index: number, time: number, price: number): void {
    const session = this.#session;
    const filled = slipped(price, order.positionSide === PositionSide.LONG, this.#slippage);
    const quantity = session.entryQuantity(filled);
    if (quantity === 0) {
      session.orderEnded();
      return;
    }
    const fill = this.#fill;
    fill.leg = OrderLeg.ENTRY;
    fill.positionSide = order.positionSide;
    fill.price = filled;
    fill.quantity = quantity;
    fill.fee = quantity * filled * this.#taker;
    fill.liquidity = Liquidity.TAKER;
    fill.reason = null;
    fill.at = time;
    session.fill(fill, index);
    if (this.#onFill !== null) this.#onFill(fill, order);
  }

  #exit(
    order: OrderRequest | null,
    index: number,
    time: number,
    price: number,
    feeRate: number,
    liquidity: Liquidity,
    reason: ExitReason,
  ): void {
    const session = this.#session;
    const { position } = session;
    const { side, quantity } = position;
    // Isolated margin: nobody loses more than the margin, so no fill is beyond the price at which it is gone.
    const filled = side > 0 ? Math.max(price, position.bankruptcy) : Math.min(price, position.bankruptcy);
    const left = position.margin + quantity * (filled - position.entryPrice) * side;
    const fee = quantity * filled * feeRate;
    const fill = this.#fill;
    fill.leg = OrderLeg.EXIT;
    fill.positionSide = side > 0 ? PositionSide.LONG : PositionSide.SHORT;
    fill.price = filled;
    fill.quantity = quantity;
    fill.fee = reason === ExitReason.LIQUIDATION ? Math.min(fee, Math.max(left, 0)) : fee;
    fill.liquidity = liquidity;
    fill.reason = reason;
    fill.at = time;
    session.fill(fill, index);
    if (this.#onFill !== null) this.#onFill(fill, order);
  }
}
