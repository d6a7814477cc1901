import type { Candles } from './candle.ts';
import { bankruptcyPrice, liquidationPrice, priceAt } from './fills.ts';
import { finite, type HeldState } from './held-state.ts';
import { MarketType } from './position.ts';
import {
  EntryType,
  FillAt,
  GuardsFrom,
  type SimulationOptions,
  StopAnchor,
  TakeProfitOf,
  type TradingOptions,
} from './options.ts';
import type { OrderRequest } from './session-types.ts';

/** What of a stored position belongs to its levels. */
type LevelState = Pick<
  HeldState,
  'anchor' | 'wantedStop' | 'wantedTarget' | 'best' | 'highest' | 'lowest' | 'stop' | 'trailing' | 'drawn'
>;

/** By which conventions the levels of a backtest stand; a bot's are those of the defaults. */
export type LevelOptions = Partial<Pick<SimulationOptions, 'takeProfitOf' | 'guardsFrom' | 'fillAt' | 'entryType'>>;

/**
 * The levels that guard a position, and the prices it has seen. Levels that are not set are infinite on the side that is never reached,
 * so that testing them needs no case for "none".
 */
export class HeldLevels {
  side: 1 | 0 | -1 = 0;
  entryPrice = Number.NaN;
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
  /** Funding that was taken out of the margin, per unit of base currency. */
  protected drawn = 0;
  #inside: 'LIMIT' | 'STOP' | null = null;
  #anchor = Number.NaN;
  #wantedStop: number | null = null;
  #wantedTarget: number | null = null;
  /** Best price since entry as the trailing stop counts it. */
  #best = Number.NaN;
  /** Whether stop and target wait for the end of the candle of the entry. */
  #isAsleep = false;

  // Options are looked up once: an object with dozens of properties is slow to ask.
  protected readonly leverage: number;
  readonly #maintenance: number;
  readonly #isFutures: boolean;
  readonly #isAnchoredAtSignal: boolean;
  readonly #stopLoss: number | null;
  readonly #takeProfit: number | null;
  readonly #trail: number;
  readonly #sleeps: boolean;
  /** What a target's price is multiplied by so that both fees are paid out of it, for each side. Source: Freqtrade, `LocalTrade.calc_profit_ratio`. */
  readonly #longFees: number;
  readonly #shortFees: number;

  constructor(options: TradingOptions & LevelOptions) {
    this.leverage = options.leverage;
    this.#maintenance = options.maintenanceMarginPercent / 100;
    this.#isFutures = options.marketType === MarketType.FUTURES;
    this.#isAnchoredAtSignal = options.stopAnchor === StopAnchor.SIGNAL_CLOSE;
    this.#stopLoss = options.stopLossPercent;
    this.#takeProfit = options.takeProfitPercent;
    this.#trail = options.trailingStopPercent ?? 0;
    // What is filled at a close has the next candle for its first.
    this.#sleeps = options.guardsFrom === GuardsFrom.NEXT_CANDLE && options.fillAt !== FillAt.SIGNAL_CLOSE;
    const isNet = options.takeProfitOf === TakeProfitOf.NET_PROFIT;
    const taker = isNet ? options.feePercent / 100 : 0;
    const maker = isNet ? (options.makerFeePercent ?? options.feePercent) / 100 : 0;
    const entry = options.entryType === EntryType.LIMIT ? maker : taker;
    this.#longFees = (1 + entry) / (1 - maker);
    this.#shortFees = (1 - entry) / (1 + maker);
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

  /** The position begins at `entryPrice`. @param order what asked for it; null leaves the configured distances */
  protected begin(order: OrderRequest | null): void {
    this.highest = this.entryPrice;
    this.lowest = this.entryPrice;
    this.drawn = 0;
    this.#inside = null;
    this.#wantedStop = order?.stop ?? null;
    this.#wantedTarget = order?.target ?? null;
    this.#anchor = this.#isAnchoredAtSignal && order !== null ? order.referencePrice : Number.NaN;
    this.#best = this.#anchored();
    this.#isAsleep = this.#sleeps;
  }

  #anchored(): number {
    return Number.isNaN(this.#anchor) ? this.entryPrice : this.#anchor;
  }

  /** Puts the levels where the entry price has them. */
  protected setLevels(): void {
    const { side } = this;
    const anchor = this.#anchored();
    const stopLoss = this.#stopLoss;
    const takeProfit = this.#takeProfit;
    const long = side > 0;
    const away = long ? -Infinity : Infinity;
    this.stop = this.#wantedStop ?? (stopLoss === null ? away : priceAt(anchor, long ? -stopLoss : stopLoss));
    const paid = anchor * (long ? this.#longFees : this.#shortFees);
    const target = takeProfit === null ? -away : priceAt(paid, long ? takeProfit : -takeProfit);
    // A short can gain no more than its whole value: a target below that is none.
    this.target = this.#wantedTarget ?? (target > 0 ? target : -away);
    this.setLiquidation();
    this.trailing = false;
    if (this.#isAsleep) {
      this.stop = away;
      this.target = -away;
    } else if (this.#trail > 0) this.#followBest();
  }

  /** Puts the liquidation where the margin has it. */
  protected setLiquidation(): void {
    const { side, entryPrice, leverage, drawn } = this;
    const long = side > 0;
    const margined = this.#isFutures && !(long && leverage === 1 && drawn === 0);
    this.liquidation = margined
      ? liquidationPrice(side, entryPrice, leverage, this.#maintenance, drawn)
      : long
        ? -Infinity
        : Infinity;
    this.bankruptcy = margined ? bankruptcyPrice(side, entryPrice, leverage, drawn) : long ? 0 : Infinity;
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
    this.#isAsleep = false;
    this.stop = away;
    this.target = -away;
    // No price is better than this one, so the trailing stop stays away.
    this.#best = -away;
  }

  /** The position was entered inside the candle at hand, by an order that waited: not all of the candle is its own. */
  enteredInside(by: 'LIMIT' | 'STOP'): void {
    this.#inside = by;
  }

  /** A price that the position certainly saw inside the candle that ends it. */
  saw(price: number): void {
    if (price > this.highest) this.highest = price;
    if (price < this.lowest) this.lowest = price;
  }

  /** A candle closed while the position was held: only now do its extremes move the trailing stop. */
  protected lived(index: number, candles: Candles): void {
    let high = candles.high[index];
    let low = candles.low[index];
    if (this.#inside !== null) {
      // A buying limit was reached on the way down and a buying stop on the way up: only that end of the candle came after it.
      const downward = (this.#inside === 'LIMIT') === this.side > 0;
      if (downward) high = Math.max(this.entryPrice, candles.close[index]);
      else low = Math.min(this.entryPrice, candles.close[index]);
      this.#inside = null;
    }
    if (high > this.highest) this.highest = high;
    if (low < this.lowest) this.lowest = low;
    if (this.#isAsleep) {
      this.#isAsleep = false;
      this.setLevels();
    }
    if (this.#trail === 0) return;
    if (this.side > 0 ? high > this.#best : low < this.#best) {
      this.#best = this.side > 0 ? high : low;
      this.#followBest();
    }
  }

  protected levelState(): LevelState {
    return {
      anchor: this.#anchored(),
      wantedStop: this.#wantedStop,
      wantedTarget: this.#wantedTarget,
      best: this.#best,
      highest: this.highest,
      lowest: this.lowest,
      stop: finite(this.stop),
      trailing: this.trailing,
      drawn: this.drawn,
    };
  }

  protected restoreLevels(state: LevelState): void {
    this.highest = state.highest;
    this.lowest = state.lowest;
    this.drawn = state.drawn ?? 0;
    this.#inside = null;
    this.#anchor = this.#isAnchoredAtSignal ? state.anchor : Number.NaN;
    this.#wantedStop = state.wantedStop;
    this.#wantedTarget = state.wantedTarget;
    this.#best = this.#anchored();
    this.setLevels();
    this.#best = state.best;
    if (state.stop !== null) this.stop = state.stop;
    this.trailing = state.trailing;
  }
}
