import type { CandleNow } from './candle-now.ts';
import { slipped } from './fills.ts';
import { EntryType } from './options.ts';
import { Liquidity } from './order.ts';
import { ExitReason, MarketType, PositionSide } from './position.ts';
import type { SessionCore } from './session-core.ts';
import { type Execution, OrderLeg, type OrderRequest } from './session-types.ts';

export interface FillOptions {
  /** See `simulationOptions`; nothing of it when absent. */
  readonly spreadPercent?: number;
  readonly maxVolumePercent?: number | null;
  /** Volume of each candle, by index; needed with `maxVolumePercent`. */
  readonly volume?: Float64Array;
}

/**
 * Told of each simulated fill after the session knows of it; `order` is null when a stop, target or liquidation filled. The execution
 * is the record of all fills, overwritten by the next one: copy what should last.
 */
export type OnFill = (execution: Execution, order: OrderRequest | null) => void;

/** Makes fills at the price of the moment: how much, at which fee, and what of it the volume of the candle leaves for later. */
export class SimulatedFills {
  /** Fills made so far. */
  made = 0;
  /** How much worse market orders and stops fill, as a fraction. */
  readonly slippage: number;

  readonly #session: SessionCore;
  readonly #now: CandleNow;
  readonly #onFill: OnFill | null;
  readonly #volume: Float64Array | null;
  readonly #share: number;
  readonly #taker: number;
  readonly #maker: number;
  readonly #liquidationFee: number;
  /** On spot what is sold pays its fee; a margin may be less than that. */
  readonly #isMargined: boolean;
  /** What was filled in candle `#filledIn`, against the cap. */
  #filled = 0;
  #filledIn = -1;
  /** What is left of an entry that was filled in part. */
  #rest = 0;
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

  constructor(session: SessionCore, now: CandleNow, options: FillOptions, onFill: OnFill | null) {
    const { slippagePercent, feePercent, makerFeePercent, liquidationFeePercent, marketType } = session.options;
    this.#session = session;
    this.#now = now;
    this.#onFill = onFill;
    this.slippage = (slippagePercent + (options.spreadPercent ?? 0) / 2) / 100;
    this.#share = (options.maxVolumePercent ?? 0) / 100;
    this.#volume = this.#share > 0 ? (options.volume ?? null) : null;
    this.#taker = feePercent / 100;
    this.#maker = (makerFeePercent ?? feePercent) / 100;
    this.#liquidationFee = liquidationFeePercent / 100;
    this.#isMargined = marketType === MarketType.FUTURES;
  }

  /** What the volume of the candle leaves to be filled in it. */
  #room(): number {
    if (this.#volume === null) return Infinity;
    const { index } = this.#now;
    if (this.#filledIn !== index) {
      this.#filledIn = index;
      this.#filled = 0;
    }
    return Math.max(0, this.#volume[index] * this.#share - this.#filled);
  }

  /** Enters at the market price of the moment, made worse by slippage. */
  enterAtMarket(order: OrderRequest): void {
    const market = this.#now.price;
    this.#now.price = slipped(market, order.positionSide === PositionSide.LONG, this.slippage);
    this.enter(order, Liquidity.TAKER);
    this.#now.price = market;
  }

  /** Enters at the price of the moment as far as capital and volume allow; the order goes on for the rest. */
  enter(order: OrderRequest, liquidity: Liquidity): void {
    const session = this.#session;
    const { price } = this.#now;
    const isMore = session.position.side !== 0;
    const room = this.#room();
    if (isMore && session.stepped(room) === 0) return;
    const wanted = isMore ? Math.min(this.#rest, session.affordable(price)) : session.entryQuantity(price);
    if (wanted === 0) {
      session.orderEnded();
      return;
    }
    const quantity = room < wanted ? session.stepped(room) : wanted;
    // To the nearest step: a difference of doubles may fall short of it.
    if (quantity < wanted) this.#rest = session.stepped(wanted - quantity + session.options.quantityStep / 2);
    // A stop that was reached is a market order from then on.
    if (quantity < wanted && order.type === EntryType.STOP) session.goOnEntering(order);
    if (quantity === 0) return;
    const fill = this.#fill;
    fill.complete = quantity === wanted;
    fill.leg = OrderLeg.ENTRY;
    fill.positionSide = order.positionSide;
    fill.price = price;
    fill.quantity = quantity;
    fill.fee = quantity * price * (liquidity === Liquidity.MAKER ? this.#maker : this.#taker);
    fill.liquidity = liquidity;
    fill.reason = null;
    this.#tell(order);
  }

  /** Closes the position at the market price of the moment, made worse by slippage. */
  exitAtMarket(order: OrderRequest | null, reason: ExitReason): void {
    const market = this.#now.price;
    this.#now.price = slipped(market, this.#session.position.side < 0, this.slippage);
    this.exit(order, Liquidity.TAKER, reason);
    this.#now.price = market;
  }

  /**
   * Closes the position at the price of the moment as far as the volume allows. The rest of a target goes on resting; of all else an
   * order goes on.
   * @param limit what that order is limited to; null: at the market
   */
  exit(order: OrderRequest | null, liquidity: Liquidity, reason: ExitReason, limit: number | null = null): void {
    const session = this.#session;
    const { position } = session;
    const { side, quantity, bankruptcy } = position;
    const isForced = reason === ExitReason.LIQUIDATION;
    // Isolated margin: nobody loses more than the margin, so no fill is beyond the price at which it is gone.
    const price = side > 0 ? Math.max(this.#now.price, bankruptcy) : Math.min(this.#now.price, bankruptcy);
    const room = isForced || reason === ExitReason.END_OF_DATA ? Infinity : this.#room();
    const taken = room < quantity ? session.stepped(room) : quantity;
    if (taken < quantity && reason !== ExitReason.TAKE_PROFIT) {
      if (order === null) session.goOnExiting(reason, price, this.#now.time, limit);
      position.disarm();
    }
    if (taken === 0) return;
    const fill = this.#fill;
    fill.complete = taken === quantity;
    fill.leg = OrderLeg.EXIT;
    fill.positionSide = side > 0 ? PositionSide.LONG : PositionSide.SHORT;
    fill.price = price;
    fill.quantity = taken;
    const fee = taken * price * (liquidity === Liquidity.MAKER ? this.#maker : this.#taker);
    if (isForced)
      fill.fee = Math.min(quantity * price * this.#liquidationFee, Math.max(position.margin + position.unrealized(price), 0));
    else fill.fee = this.#isMargined ? Math.min(fee, session.payable(taken, price)) : fee;
    fill.liquidity = liquidity;
    fill.reason = reason;
    this.#tell(order);
  }

  #tell(order: OrderRequest | null): void {
    const fill = this.#fill;
    fill.at = this.#now.time;
    this.#filled += fill.quantity;
    this.made += 1;
    this.#session.fill(fill, this.#now.index);
    if (this.#onFill !== null) this.#onFill(fill, order);
  }
}
