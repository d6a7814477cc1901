import type { DetailCursor } from './detail.ts';
import { liquidationFillPrice, priceAt, slipped, stopFillPrice, targetFillPrice } from './fills.ts';
import { EntryType, FillModel, TargetGap } from './options.ts';
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
  /** See `simulationOptions`; 0 when absent. */
  readonly spreadPercent?: number;
  readonly limitTradeThrough?: number;
  readonly stopLimitPercent?: number | null;
  readonly maxVolumePercent?: number | null;
  /** Volume of each candle, by index; needed with `maxVolumePercent`. */
  readonly volume?: Float64Array;
}

/**
 * Told of each simulated fill after the session knows of it; `order` is null when a stop, target or liquidation filled. The execution
 * is the matcher's own record, overwritten by the next fill: copy what should last.
 */
export type OnFill = (execution: Execution, order: OrderRequest | null) => void;

// Places in `#now`; `price` is what a market order fills at before slippage.
const [time, open, high, low, close, price] = [0, 1, 2, 3, 4, 5] as const;

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
  readonly #through: number;
  readonly #stopLimit: number | null;
  readonly #volume: Float64Array | null;
  readonly #share: number;
  /** What was filled in candle `#filledIn`, against the cap. */
  #filled = 0;
  #filledIn = -1;
  /** What is left of an entry that was filled in part. */
  #rest = 0;
  readonly #taker: number;
  readonly #maker: number;
  readonly #liquidationFee: number;
  /** The candle at hand, in a typed array: numbers handed from call to call would each become an object. */
  readonly #now = new Float64Array(6);
  #index = 0;
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
    this.#slippage = (slippagePercent + (options.spreadPercent ?? 0) / 2) / 100;
    this.#through = options.limitTradeThrough ?? 0;
    this.#stopLimit = options.stopLimitPercent ?? null;
    this.#share = (options.maxVolumePercent ?? 0) / 100;
    this.#volume = this.#share > 0 ? (options.volume ?? null) : null;
    this.#taker = feePercent / 100;
    this.#maker = (makerFeePercent ?? feePercent) / 100;
    this.#liquidationFee = liquidationFeePercent / 100;
  }

  /** Everything that happens inside one candle, before the session is told that it closed. */
  candle(index: number, at: number, opens: number, highest: number, lowest: number, closes: number): void {
    this.#set(index, at, opens, highest, lowest, closes);
    if (this.#session.pending !== null) this.#atOpen();
    const waiting = this.#session.pending;
    if (waiting !== null && waiting.type !== EntryType.MARKET && waiting.price !== null) {
      if (waiting.leg === OrderLeg.EXIT) this.#waitOut(waiting, waiting.price);
      else this.#wait(waiting, waiting.price);
      return;
    }
    if (this.#session.position.side === 0 || !this.#touched(highest, lowest)) return;
    if (this.#detail === null || !this.#byDetail(this.#detail)) this.#path();
  }

  #set(index: number, at: number, opens: number, highest: number, lowest: number, closes: number): void {
    this.#index = index;
    this.#now[time] = at;
    this.#now[open] = opens;
    this.#now[high] = highest;
    this.#now[low] = lowest;
    this.#now[close] = closes;
  }

  #touched(highest: number, lowest: number): boolean {
    const { side, stop, liquidation, target } = this.#session.position;
    return side > 0
      ? lowest <= stop || lowest <= liquidation || highest >= target + this.#through
      : highest >= stop || highest >= liquidation || lowest <= target - this.#through;
  }

  /** Whether the open is already beyond the stop or the liquidation price. */
  #gapped(opens: number): boolean {
    const { side, stop, liquidation } = this.#session.position;
    return side > 0 ? opens <= stop || opens <= liquidation : side < 0 && (opens >= stop || opens >= liquidation);
  }

  /** Lets the fine candles decide; false when none of them touched a level, which only happens where some are missing. */
  #byDetail(detail: DetailCursor): boolean {
    const fine = detail.candles;
    const at = this.#now[time];
    for (let i = detail.from(at); detail.within(i, at); i++) {
      if (this.#touched(fine.high[i], fine.low[i])) {
        this.#set(this.#index, at, fine.open[i], fine.high[i], fine.low[i], fine.close[i]);
        this.#path();
        return true;
      }
      this.#session.position.saw(fine.high[i]);
      this.#session.position.saw(fine.low[i]);
    }
    return false;
  }

  /**
   * The first price of a candle, for those who see candles grow: the pending market order fills now instead of at the candle's end,
   * at the same price. Left for `candle` when the open has gapped through the position's levels.
   */
  opened(index: number, at: number, opens: number): void {
    if (!this.#gapped(opens)) this.fillPending(index, at, opens);
  }

  /** Fills the pending market order at a price, and the entry of a reversal at the same one. */
  fillPending(index: number, at: number, market: number): void {
    this.#index = index;
    this.#now[time] = at;
    this.#now[price] = market;
    this.#atMarket();
  }

  /** Closes the position at a price as a market order would. */
  closeAt(index: number, at: number, market: number, reason: ExitReason): void {
    this.#index = index;
    this.#now[time] = at;
    this.#now[price] = market;
    if (this.#session.position.side !== 0) this.#exitAtMarket(null, reason);
  }

  #atOpen(): void {
    if (this.#gapped(this.#now[open])) this.#adverse();
    this.#now[price] = this.#now[open];
    this.#atMarket();
  }

  #atMarket(): void {
    const session = this.#session;
    const exit = session.pending;
    if (exit !== null && exit.leg === OrderLeg.EXIT && exit.type === EntryType.MARKET)
      this.#exitAtMarket(exit, exit.reason ?? ExitReason.SIGNAL);
    const entry = session.pending;
    if (entry !== null && entry.leg === OrderLeg.ENTRY && entry.type === EntryType.MARKET) this.#enter(entry);
  }

  /** What the reading believes where both were touched. */
  #stopFirst(): boolean {
    if (this.#reading !== FillModel.OHLC_PATH) return this.#reading === FillModel.PESSIMISTIC;
    const rose = this.#now[close] >= this.#now[open];
    return this.#session.position.side > 0 ? rose : !rose;
  }

  /** A level was touched inside the candle: which one first, and what the position lived through before it. */
  #path(): void {
    const { position } = this.#session;
    const { side, stop, liquidation, target } = position;
    const long = side > 0;
    const good = this.#now[long ? high : low];
    const bad = this.#now[long ? low : high];
    const targetHit = long ? good >= target + this.#through : good <= target - this.#through;
    const stopHit = long ? bad <= stop || bad <= liquidation : bad >= stop || bad >= liquidation;
    const stopFirst = this.#stopFirst();
    // A target that the open has already passed is reached before anything else, except to the pessimist.
    const passed = long ? this.#now[open] >= target : this.#now[open] <= target;
    if (stopHit) {
      const gapped = this.#gapped(this.#now[open]);
      if (targetHit && !gapped) {
        this.ambiguous += 1;
        if (!stopFirst || (passed && this.#reading === FillModel.OHLC_PATH)) {
          this.#takeProfit();
          return;
        }
      }
      if (!stopFirst && !gapped) position.saw(good);
      this.#adverse();
      return;
    }
    if (stopFirst && !passed) position.saw(bad);
    this.#takeProfit();
  }

  /** Liquidation or stop, whichever the adverse move reaches first. */
  #adverse(): void {
    const { side, stop, liquidation, bankruptcy, trailing } = this.#session.position;
    const opens = this.#now[open];
    const stopIsNearer = side > 0 ? stop >= liquidation && opens > liquidation : stop <= liquidation && opens < liquidation;
    if (stopIsNearer) {
      const reason = trailing ? ExitReason.TRAILING_STOP : ExitReason.STOP_LOSS;
      this.#now[price] = stopFillPrice(side, stop, opens, this.#now[side > 0 ? low : high], this.#slippage);
      if (this.#stopLimit === null) this.#exit(null, this.#taker, Liquidity.TAKER, reason);
      else this.#stopWithLimit(priceAt(stop, side > 0 ? -this.#stopLimit : this.#stopLimit), reason);
    } else {
      this.#now[price] = liquidationFillPrice(side, liquidation, bankruptcy, opens);
      this.#exit(null, this.#liquidationFee, Liquidity.TAKER, ExitReason.LIQUIDATION);
    }
  }

  /** A stop was touched whose order may not fill beyond a limit. */
  #stopWithLimit(limit: number, reason: ExitReason): void {
    const session = this.#session;
    const { side } = session.position;
    const opens = this.#now[open];
    const beyond = side > 0 ? opens < limit : opens > limit;
    if (!beyond) {
      this.#now[price] = side > 0 ? Math.max(this.#now[price], limit) : Math.min(this.#now[price], limit);
      this.#exit(null, this.#taker, Liquidity.TAKER, reason);
      return;
    }
    session.goOnExiting(reason, this.#now[price], this.#now[time], limit);
    session.position.disarm();
    const waiting = session.pending;
    if (waiting !== null) this.#waitOut(waiting, limit);
  }

  /** A limit that closes the position waits for its price; only a liquidation comes before it. */
  #waitOut(order: OrderRequest, limit: number): void {
    const { side, liquidation } = this.#session.position;
    const long = side > 0;
    const isLiquidated = long ? this.#now[low] <= liquidation : this.#now[high] >= liquidation;
    const isReached = long ? this.#now[high] >= limit + this.#through : this.#now[low] <= limit - this.#through;
    const opensThere = long ? this.#now[open] >= limit : this.#now[open] <= limit;
    // Both in one candle: the adverse move is believed to have come first, unless the open already filled it.
    if (isLiquidated && !(opensThere && isReached)) this.#adverse();
    else if (isReached) {
      this.#now[price] = opensThere && this.#targetAtOpen ? this.#now[open] : limit;
      this.#exit(order, this.#maker, Liquidity.MAKER, order.reason ?? ExitReason.STOP_LOSS);
    }
  }

  /** What the candle's volume leaves to be filled in it. */
  #room(): number {
    if (this.#volume === null) return Infinity;
    if (this.#filledIn !== this.#index) {
      this.#filledIn = this.#index;
      this.#filled = 0;
    }
    return Math.max(0, this.#volume[this.#index] * this.#share - this.#filled);
  }

  #takeProfit(): void {
    const { side, target } = this.#session.position;
    this.#now[price] = targetFillPrice(side, target, this.#now[open], this.#targetAtOpen);
    this.#exit(null, this.#maker, Liquidity.MAKER, ExitReason.TAKE_PROFIT);
  }

  #exitAtMarket(order: OrderRequest | null, reason: ExitReason): void {
    const market = this.#now[price];
    this.#now[price] = slipped(market, this.#session.position.side < 0, this.#slippage);
    this.#exit(order, this.#taker, Liquidity.TAKER, reason);
    this.#now[price] = market;
  }

  #enter(order: OrderRequest): void {
    this.#enterAt(
      order,
      slipped(this.#now[price], order.positionSide === PositionSide.LONG, this.#slippage),
      this.#taker,
      Liquidity.TAKER,
    );
  }

  #enterAt(order: OrderRequest, filled: number, feeRate: number, liquidity: Liquidity): void {
    const session = this.#session;
    const isMore = session.position.side !== 0;
    const wanted = isMore ? Math.min(this.#rest, session.affordable(filled)) : session.entryQuantity(filled);
    if (wanted === 0) {
      session.orderEnded();
      return;
    }
    const room = this.#room();
    const quantity = room < wanted ? session.stepped(room) : wanted;
    this.#rest = wanted - quantity;
    if (quantity === 0) return;
    this.#filled += quantity;
    const fill = this.#fill;
    fill.complete = quantity === wanted;
    fill.leg = OrderLeg.ENTRY;
    fill.positionSide = order.positionSide;
    fill.price = filled;
    fill.quantity = quantity;
    fill.fee = quantity * filled * feeRate;
    fill.liquidity = liquidity;
    fill.reason = null;
    fill.at = this.#now[time];
    session.fill(fill, this.#index);
    if (this.#onFill !== null) this.#onFill(fill, order);
  }

  /** A limit or stop entry waits through the candle, or through the finer ones inside it. */
  #wait(entry: OrderRequest, level: number): void {
    const { position } = this.#session;
    if (position.side !== 0) {
      // Filled in part before: what is held comes first.
      if (this.#touched(this.#now[high], this.#now[low])) this.#path();
      if (this.#session.position.side === 0) this.#session.orderEnded();
      else if (this.#session.pending === entry) this.#reach(entry, level);
      return;
    }
    if (this.#detail === null || !this.#waitByDetail(this.#detail, entry, level)) this.#reach(entry, level);
  }

  /** @returns false where there are no finer candles */
  #waitByDetail(detail: DetailCursor, entry: OrderRequest, level: number): boolean {
    const { candles: fine } = detail;
    const { position } = this.#session;
    const at = this.#now[time];
    let any = false;
    for (let i = detail.from(at); detail.within(i, at); i++) {
      any = true;
      this.#set(this.#index, at, fine.open[i], fine.high[i], fine.low[i], fine.close[i]);
      if (this.#session.pending === entry) this.#reach(entry, level);
      else if (position.side !== 0 && this.#touched(fine.high[i], fine.low[i])) this.#path();
      else if (position.side !== 0) {
        position.saw(fine.high[i]);
        position.saw(fine.low[i]);
      }
      if (this.#session.pending === null && position.side === 0) break;
    }
    return any;
  }

  /** Fills a waiting entry where the candle reaches it. Its stop is live for the rest of the candle, its target from the next one. */
  #reach(entry: OrderRequest, level: number): void {
    const buys = entry.positionSide === PositionSide.LONG;
    const [opens, highest, lowest] = [this.#now[open], this.#now[high], this.#now[low]];
    const limit = entry.type === EntryType.LIMIT;
    // Where a buying limit and a selling stop wait: below the price.
    const below = buys === limit;
    const atOpen = below ? opens <= level : opens >= level;
    const wasHeld = this.#session.position.side !== 0;
    const through = limit ? this.#through : 0;
    if (below ? lowest > level - through : highest < level + through) return;
    if (limit) this.#enterAt(entry, atOpen && this.#targetAtOpen ? opens : level, this.#maker, Liquidity.MAKER);
    else {
      const filled = slipped(atOpen ? opens : level, buys, this.#slippage);
      this.#enterAt(entry, buys ? Math.min(filled, highest) : Math.max(filled, lowest), this.#taker, Liquidity.TAKER);
    }
    const { position } = this.#session;
    if (position.side === 0 || wasHeld) return;
    if (atOpen) {
      if (this.#touched(highest, lowest)) this.#path();
      return;
    }
    position.enteredInside(limit ? 'LIMIT' : 'STOP');
    if (this.#stoppedAfter(limit)) {
      this.#now[open] = position.entryPrice;
      this.#adverse();
    }
  }

  /** Whether the rest of a candle, after an entry inside it, is believed to have reached the stop or the liquidation price. */
  #stoppedAfter(limit: boolean): boolean {
    const { side, stop, liquidation } = this.#session.position;
    const beyond = (value: number): boolean =>
      side > 0 ? value <= stop || value <= liquidation : value >= stop || value >= liquidation;
    if (!beyond(this.#now[side > 0 ? low : high])) return false;
    // A limit is reached on the way to that extreme, and what closes beyond has been there after all.
    if (limit || beyond(this.#now[close])) return true;
    this.ambiguous += 1;
    if (this.#reading !== FillModel.OHLC_PATH) return this.#reading === FillModel.PESSIMISTIC;
    const rose = this.#now[close] >= this.#now[open];
    return side > 0 ? !rose : rose;
  }

  /** Closes the position at `#now[price]`. */
  #exit(order: OrderRequest | null, feeRate: number, liquidity: Liquidity, reason: ExitReason): void {
    const session = this.#session;
    const { position } = session;
    const { side, quantity, bankruptcy } = position;
    // Isolated margin: nobody loses more than the margin, so no fill is beyond the price at which it is gone.
    const filled = side > 0 ? Math.max(this.#now[price], bankruptcy) : Math.min(this.#now[price], bankruptcy);
    const room = reason === ExitReason.LIQUIDATION || reason === ExitReason.END_OF_DATA ? Infinity : this.#room();
    const taken = room < quantity ? session.stepped(room) : quantity;
    if (taken < quantity && order === null && reason !== ExitReason.TAKE_PROFIT)
      session.goOnExiting(reason, filled, this.#now[time], null);
    if (taken === 0) return;
    this.#filled += taken;
    const left = position.margin + quantity * (filled - position.entryPrice) * side;
    const fee = taken * filled * feeRate;
    const fill = this.#fill;
    fill.complete = taken === quantity;
    fill.leg = OrderLeg.EXIT;
    fill.positionSide = side > 0 ? PositionSide.LONG : PositionSide.SHORT;
    fill.price = filled;
    fill.quantity = taken;
    fill.fee = reason === ExitReason.LIQUIDATION ? Math.min(fee, Math.max(left, 0)) : fee;
    fill.liquidity = liquidity;
    fill.reason = reason;
    fill.at = this.#now[time];
    session.fill(fill, this.#index);
    if (this.#onFill !== null) this.#onFill(fill, order);
  }
}
