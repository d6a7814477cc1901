import type { Candles } from './candle.ts';
import { HeldLevels } from './held-levels.ts';
import { finite, type HeldState } from './held-state.ts';
import { ExitReason, PositionSide } from './position.ts';
import type { Execution, OrderRequest, Protection } from './session-types.ts';
import type { PositionView } from './strategy.ts';
import { reasonNumber, TradeFigure, type TradeLog } from './trade-log.ts';

/** The position of a session while it runs, and what it has paid and brought: doubles, one object for the session's whole life. */
export class HeldPosition extends HeldLevels implements PositionView {
  quantity = 0;
  candles = 0;
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
  #gross = 0;

  /** Margin and, on spot, the whole cost that the position ties up. */
  get margin(): number {
    return (this.quantity * this.entryPrice) / this.leverage - this.quantity * this.drawn;
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

  /** Funding was paid; negative: received. @param drawn part of it that came out of the margin */
  pay(funding: number, drawn: number): void {
    this.#funding += funding;
    if (drawn === 0) return;
    this.drawn += drawn / this.quantity;
    this.setLiquidation();
  }

  /**
   * Adds an entry fill; the first one opens the position and sets its levels.
   * @param order what asked for it; null when that is no longer known, which leaves the configured distances
   */
  enter(order: OrderRequest | null, fill: Execution, index: number): void {
    const { price, quantity } = fill;
    if (this.side === 0) {
      this.side = fill.positionSide === PositionSide.LONG ? 1 : -1;
      this.quantity = quantity;
      this.entryPrice = price;
      this.candles = 0;
      this.entryIndex = index;
      this.entryTime = fill.at;
      this.#entryQuantity = quantity;
      this.#entryValue = quantity * price;
      this.#averageEntry = price;
      this.#exitQuantity = 0;
      this.#exitValue = 0;
      this.#fees = fill.fee;
      this.#funding = 0;
      this.#gross = 0;
      this.begin(order);
    } else {
      this.#entryQuantity += quantity;
      this.#entryValue += quantity * price;
      this.#fees += fill.fee;
      this.#averageEntry = this.#entryValue / this.#entryQuantity;
      // What was already sold again is out of the average: it has its profit.
      this.entryPrice =
        this.#exitQuantity === 0
          ? this.#averageEntry
          : (this.quantity * this.entryPrice + quantity * price) / (this.quantity + quantity);
      this.drawn *= this.quantity / (this.quantity + quantity);
      this.quantity += quantity;
    }
    this.setLevels();
  }

  /** A candle closed while the position was held. */
  candleClosed(index: number, candles: Candles): void {
    this.candles += 1;
    this.lived(index, candles);
  }

  /**
   * Takes an exit fill.
   * @param rest quantity up to which nothing is held any more
   * @param log takes the round trip down when nothing is left
   * @returns whether nothing is left
   */
  exit(fill: Execution, reason: ExitReason, index: number, rest: number, log: TradeLog): boolean {
    const { price, quantity, dust = 0 } = fill;
    this.#gross += quantity * (price - this.entryPrice) * this.side;
    if (dust > 0) this.#gross -= dust * this.entryPrice;
    this.#fees += fill.fee;
    this.#exitQuantity += quantity;
    this.#exitValue += quantity * price;
    this.quantity -= quantity + dust;
    this.saw(price);
    if (this.quantity > rest) return false;
    this.#close(fill, reason, index, log);
    return true;
  }

  #close(fill: Execution, reason: ExitReason, index: number, log: TradeLog): void {
    const { side, highest, lowest } = this;
    const entryPrice = this.#averageEntry;
    const pnl = this.#gross - this.#fees - this.#funding;
    const below = ((entryPrice - lowest) / entryPrice) * 100;
    const above = ((highest - entryPrice) / entryPrice) * 100;
    const row = log.next();
    const { rows } = log;
    rows[row + TradeFigure.SIDE] = side;
    rows[row + TradeFigure.QUANTITY] = this.#entryQuantity;
    rows[row + TradeFigure.ENTRY_INDEX] = this.entryIndex;
    rows[row + TradeFigure.EXIT_INDEX] = index;
    rows[row + TradeFigure.ENTRY_TIME] = this.entryTime;
    rows[row + TradeFigure.EXIT_TIME] = fill.at;
    rows[row + TradeFigure.ENTRY_PRICE] = entryPrice;
    rows[row + TradeFigure.EXIT_PRICE] = this.#exitQuantity === fill.quantity ? fill.price : this.#exitValue / this.#exitQuantity;
    rows[row + TradeFigure.FEES] = this.#fees;
    rows[row + TradeFigure.PNL] = pnl;
    rows[row + TradeFigure.MAE_PERCENT] = side > 0 ? below : above;
    rows[row + TradeFigure.MFE_PERCENT] = side > 0 ? above : below;
    rows[row + TradeFigure.EXIT_REASON] = reasonNumber(reason);
    rows[row + TradeFigure.FUNDING] = this.#funding;
    rows[row + TradeFigure.PNL_PERCENT] = (pnl / this.#entryValue) * this.leverage * 100;
    rows[row + TradeFigure.CANDLES] = this.candles;
    this.clear();
  }

  clear(): void {
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
      ...this.levelState(),
    };
  }

  /** @param index number of candles the session has seen, from which the entry's number is counted back */
  restore(state: HeldState, index: number): void {
    this.side = state.side;
    this.quantity = state.quantity;
    this.entryPrice = state.entryPrice;
    this.candles = state.candles;
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
    this.restoreLevels(state);
  }
}
