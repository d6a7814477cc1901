import { bankruptcyPrice, liquidationPrice, priceAt } from './fills.ts';
import { StopAnchor, type TradingOptions } from './options.ts';
import { ExitReason, PositionSide } from './position.ts';
import type { Execution, OrderRequest, Protection, SessionTrade } from './session-types.ts';
import type { HeldState } from './held-state.ts';
import type { PositionView } from './strategy.ts';

const finite = (level: number): number | null => (Number.isFinite(level) ? level : null);

/**
 * The position of a session while it runs: doubles, one object for the session's whole life. Levels that are not set are infinite
 * on the side that is never reached, so that testing them needs no case for "none".
 */
export class HeldPosition implements PositionView {
  side: 1 | 0 | -1 = 0;
  quantity = 0;
  entryPrice = Number.NaN;
  candles = 0;
  /** Effective stop: the tighter of the fixed and the trailing one. */
  stop = Number.NaN;
  /** Whether the trailing stop is the tighter one. */
  trailing = false;
  target = Number.NaN;
  liquidation = Number.NaN;
  bankruptcy = Number.NaN;
  /** Extremes that the position certainly lived through. */
  highest = Number.NaN;
  lowest = Number.NaN;

  entryIndex = 0;
  entryTime = 0;
  #entryQuantity = 0;
  #entryValue = 0;
  /** Over all that was ever entered in this round trip; `entryPrice` is that of what is still held. */
  #averageEntry = Number.NaN;
  #exitQuantity = 0;
  #exitValue = 0;
  #fees = 0;
  #funding = 0;
  #inside: 'LIMIT' | 'STOP' | null = null;
  #gross = 0;
  #anchor = Number.NaN;
  #wantedStop: number | null = null;
  #wantedTarget: number | null = null;
  /** Best price since entry as the trailing stop counts it. */
  #best = Number.NaN;

  readonly #options: TradingOptions;
  readonly #trail: number;

  constructor(options: TradingOptions) {
    this.#options = options;
    this.#trail = options.trailingStopPercent ?? 0;
  }

  /** Whether the stop moves with the price. */
  get trails(): boolean {
    return this.#trail > 0;
  }

  /** Nothing happens to the position while a candle stays above this and under `ceiling`. */
  get floor(): number {
    return this.side > 0 ? Math.max(this.stop, this.liquidation) : this.target;
  }

  get ceiling(): number {
    return this.side > 0 ? this.target : Math.min(this.stop, this.liquidation);
  }

  /** Margin and, on spot, the whole cost that the position ties up. */
  get margin(): number {
    return (this.quantity * this.entryPrice) / this.#options.leverage;
  }

  /** Profit of what is held at a price, before fees. */
  unrealized(price: number): number {
    return this.side === 0 ? 0 : this.quantity * (price - this.entryPrice) * this.side;
  }

  /** Profit of what was sold again so far in this round trip, before fees and funding. */
  get realized(): number {
    return this.#gross;
  }

  /** Fees paid so far in this round trip. */
  get fees(): number {
    return this.#fees;
  }

  /** Funding paid so far in this round trip; negative: received. */
  get funding(): number {
    return this.#funding;
  }

  /** Funding was paid; negative: received. */
  pay(funding: number): void {
    this.#funding += funding;
  }

  /**
   * Adds an entry fill; the first one opens the position and sets its levels.
   * @param order what asked for it; null when that is no longer known, which leaves the configured distances
   */
  enter(order: OrderRequest | null, fill: Execution, index: number): void {
    const price = fill.price;
    if (this.side === 0) {
      this.side = fill.positionSide === PositionSide.LONG ? 1 : -1;
      this.quantity = fill.quantity;
      this.entryPrice = price;
      this.candles = 0;
      this.highest = price;
      this.lowest = price;
      this.entryIndex = index;
      this.entryTime = fill.at;
      this.#entryQuantity = fill.quantity;
      this.#entryValue = fill.quantity * price;
      this.#averageEntry = price;
      this.#exitQuantity = 0;
      this.#exitValue = 0;
      this.#fees = fill.fee;
      this.#funding = 0;
      this.#gross = 0;
      this.#wantedStop = order?.stop ?? null;
      this.#wantedTarget = order?.target ?? null;
      this.#anchor = this.#options.stopAnchor === StopAnchor.SIGNAL_CLOSE && order !== null ? order.referencePrice : Number.NaN;
      this.#best = this.#anchored();
    } else {
      this.#entryQuantity += fill.quantity;
      this.#entryValue += fill.quantity * price;
      this.#fees += fill.fee;
      this.#averageEntry = this.#entryValue / this.#entryQuantity;
      // What was already sold again is out of the average: it has its profit.
      this.entryPrice =
        this.#exitQuantity === 0
          ? this.#averageEntry
          : (this.quantity * this.entryPrice + fill.quantity * price) / (this.quantity + fill.quantity);
      this.quantity += fill.quantity;
    }
    this.#setLevels();
  }

  #anchored(): number {
    return Number.isNaN(this.#anchor) ? this.entryPrice : this.#anchor;
  }

  #setLevels(): void {
    const { side, entryPrice } = this;
    const anchor = this.#anchored();
    const { marketType, leverage, maintenanceMarginPercent, stopLossPercent, takeProfitPercent } = this.#options;
    const long = side > 0;
    const fixed =
      this.#wantedStop ??
      (stopLossPercent === null ? (long ? -Infinity : Infinity) : priceAt(anchor, long ? -stopLossPercent : stopLossPercent));
    this.target =
      this.#wantedTarget ??
      (takeProfitPercent === null
        ? long
          ? Infinity
          : -Infinity
        : priceAt(anchor, long ? takeProfitPercent : -takeProfitPercent));
    const margined = marketType === 'FUTURES' && !(long && leverage === 1);
    this.liquidation = margined
      ? liquidationPrice(side, entryPrice, leverage, maintenanceMarginPercent / 100)
      : long
        ? -Infinity
        : Infinity;
    this.bankruptcy = margined ? bankruptcyPrice(side, entryPrice, leverage) : long ? 0 : Infinity;
    this.stop = fixed;
    this.trailing = false;
    if (this.#trail > 0) this.#followBest();
  }

  #followBest(): void {
    const level = priceAt(this.#best, this.side > 0 ? -this.#trail : this.#trail);
    if (this.side > 0 ? level > this.stop : level < this.stop) {
      this.stop = level;
      this.trailing = true;
    }
  }

  /** Stop and target are gone: an exit order has taken their place. */
  disarm(): void {
    const away = this.side > 0 ? -Infinity : Infinity;
    this.stop = away;
    this.target = -away;
  }

  /** The position was entered inside the candle at hand, by an order that waited: not all of the candle is its own. */
  enteredInside(by: 'LIMIT' | 'STOP'): void {
    this.#inside = by;
  }

  /** A candle closed while the position was held: only now do its extremes move the trailing stop. */
  candleClosed(highest: number, lowest: number, close: number): void {
    this.candles += 1;
    let [high, low] = [highest, lowest];
    if (this.#inside !== null) {
      // A buying limit was reached on the way down and a buying stop on the way up: only that end of the candle came after it.
      const downward = (this.#inside === 'LIMIT') === this.side > 0;
      if (downward) high = Math.max(this.entryPrice, close);
      else low = Math.min(this.entryPrice, close);
      this.#inside = null;
    }
    if (high > this.highest) this.highest = high;
    if (low < this.lowest) this.lowest = low;
    if (this.#trail === 0) return;
    if (this.side > 0 ? high > this.#best : low < this.#best) {
      this.#best = this.side > 0 ? high : low;
      this.#followBest();
    }
  }

  /** A price that the position certainly saw inside the candle that ends it. */
  saw(price: number): void {
    if (price > this.highest) this.highest = price;
    if (price < this.lowest) this.lowest = price;
  }

  /**
   * Takes an exit fill.
   * @param rest quantity below which nothing is held any more: half a step
   * @returns the round trip when nothing is left, else null
   */
  exit(fill: Execution, reason: ExitReason, index: number, rest: number): SessionTrade | null {
    const gross = fill.quantity * (fill.price - this.entryPrice) * this.side;
    this.#gross += gross;
    this.#fees += fill.fee;
    this.#exitQuantity += fill.quantity;
    this.#exitValue += fill.quantity * fill.price;
    this.quantity -= fill.quantity;
    this.saw(fill.price);
    return this.quantity > rest ? null : this.#close(fill, reason, index);
  }

  #close(fill: Execution, reason: ExitReason, index: number): SessionTrade {
    const { side, highest, lowest } = this;
    const entryPrice = this.#averageEntry;
    const pnl = this.#gross - this.#fees - this.#funding;
    const below = ((entryPrice - lowest) / entryPrice) * 100;
    const above = ((highest - entryPrice) / entryPrice) * 100;
    const trade: SessionTrade = {
      side: side > 0 ? PositionSide.LONG : PositionSide.SHORT,
      quantity: this.#entryQuantity,
      entryIndex: this.entryIndex,
      exitIndex: index,
      entryTime: this.entryTime,
      exitTime: fill.at,
      entryPrice,
      exitPrice: this.#exitQuantity === fill.quantity ? fill.price : this.#exitValue / this.#exitQuantity,
      fees: this.#fees,
      funding: this.#funding,
      pnl,
      pnlPercent: (pnl / this.#entryValue) * this.#options.leverage * 100,
      exitReason: reason,
      candles: this.candles,
      maePercent: side > 0 ? below : above,
      mfePercent: side > 0 ? above : below,
    };
    this.clear();
    return trade;
  }

  clear(): void {
    this.#inside = null;
    this.side = 0;
    this.quantity = 0;
    this.entryPrice = Number.NaN;
    this.candles = 0;
    this.trailing = false;
  }

  protection(): Protection | null {
    if (this.side === 0) return null;
    return {
      positionSide: this.side > 0 ? PositionSide.LONG : PositionSide.SHORT,
      quantity: this.quantity,
      stop: finite(this.stop),
      stopReason: this.trailing ? ExitReason.TRAILING_STOP : ExitReason.STOP_LOSS,
      target: finite(this.target),
      liquidation: finite(this.liquidation),
    };
  }

  state(): HeldState | null {
    if (this.side === 0) return null;
    return {
      side: this.side,
      quantity: this.quantity,
      entryQuantity: this.#entryQuantity,
      entryPrice: this.entryPrice,
      entryValue: this.#entryValue,
      averageEntry: this.#averageEntry,
      exitQuantity: this.#exitQuantity,
      exitValue: this.#exitValue,
      fees: this.#fees,
      funding: this.#funding,
      gross: this.#gross,
      candles: this.candles,
      entryTime: this.entryTime,
      anchor: this.#anchored(),
      wantedStop: this.#wantedStop,
      wantedTarget: this.#wantedTarget,
      best: this.#best,
      highest: this.highest,
      lowest: this.lowest,
      stop: finite(this.stop),
      trailing: this.trailing,
    };
  }

  /** @param index number of candles the session has seen, from which the entry's number is counted back */
  restore(state: HeldState, index: number): void {
    this.side = state.side;
    this.quantity = state.quantity;
    this.entryPrice = state.entryPrice;
    this.candles = state.candles;
    this.highest = state.highest;
    this.lowest = state.lowest;
    this.entryIndex = index - state.candles;
    this.entryTime = state.entryTime;
    this.#entryQuantity = state.entryQuantity;
    this.#entryValue = state.entryValue;
    this.#averageEntry = state.averageEntry ?? state.entryPrice;
    this.#exitQuantity = state.exitQuantity;
    this.#exitValue = state.exitValue;
    this.#fees = state.fees;
    this.#funding = state.funding ?? 0;
    this.#gross = state.gross;
    this.#anchor = this.#options.stopAnchor === StopAnchor.SIGNAL_CLOSE ? state.anchor : Number.NaN;
    this.#wantedStop = state.wantedStop;
    this.#wantedTarget = state.wantedTarget;
    this.#best = this.#anchored();
    this.#setLevels();
    this.#best = state.best;
    if (state.stop !== null) this.stop = state.stop;
    this.trailing = state.trailing;
  }
}
