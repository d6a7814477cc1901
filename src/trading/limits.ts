import type { TradingOptions } from './options.ts';
import { ExitReason } from './position.ts';
import { RefusalReason } from './session-types.ts';

const dayMs = 86_400_000;
const stopReasons: ReadonlySet<ExitReason> = new Set([ExitReason.STOP_LOSS, ExitReason.TRAILING_STOP, ExitReason.LIQUIDATION]);

/** What the guard must remember over a restart; plain JSON. */
export interface GuardState {
  readonly day: number;
  readonly dayStartEquity: number;
  readonly equity: number;
  readonly peakEquity: number;
  readonly dailyTrades: number;
  readonly halted: boolean;
  /** Candles closed since the last exit; null: there was none. */
  readonly candlesSinceExit: number | null;
  /** Candles closed since each of the recent stops. */
  readonly candlesSinceStops: readonly number[];
}

/** Whether any of a bot's own limits is set. */
export function hasLimits(options: TradingOptions): boolean {
  return (
    options.maxDailyLossPercent !== null ||
    options.dailyTargetPercent !== null ||
    options.maxDailyTrades !== null ||
    options.cooldownCandles > 0 ||
    options.stopLossGuardCount !== null ||
    options.maxDrawdownPercent !== null
  );
}

/**
 * A bot's own limits on entries: the same in a backtest and live. Days are UTC and begin with the equity at the last close before
 * midnight; open profit and loss count. A drawdown halt stays until it is released.
 */
export class EntryGuard {
  readonly #options: TradingOptions;
  #day = -1;
  #dayStartEquity: number;
  #equity: number;
  #peakEquity: number;
  #dailyTrades = 0;
  #halted = false;
  #candle = 0;
  #lastExit = -1;
  #stops: number[] = [];

  constructor(options: TradingOptions, capital: number) {
    this.#options = options;
    this.#dayStartEquity = capital;
    this.#equity = capital;
    this.#peakEquity = capital;
  }

  /** Profit since the day began, in quote currency, open profit included. */
  get dailyPnl(): number {
    return this.#equity - this.#dayStartEquity;
  }

  /** Entries filled since the day began. */
  get dailyTrades(): number {
    return this.#dailyTrades;
  }

  get halted(): boolean {
    return this.#halted;
  }

  /** A person lets the bot trade again after a drawdown halt; the peak counts from here. */
  release(): void {
    this.#halted = false;
    this.#peakEquity = this.#equity;
  }

  /** Every closed candle, before the decision. `closeTime` is the moment of the close: midnight belongs to the new day. */
  candle(closeTime: number, equity: number): void {
    this.#candle += 1;
    this.#equity = equity;
    const day = Math.floor(closeTime / dayMs);
    if (day !== this.#day) {
      this.#dayStartEquity = this.#day < 0 ? this.#dayStartEquity : equity;
      this.#day = day;
      this.#dailyTrades = 0;
    }
    if (equity > this.#peakEquity) this.#peakEquity = equity;
    const limit = this.#options.maxDrawdownPercent;
    if (limit !== null && equity <= this.#peakEquity * (1 - limit / 100)) this.#halted = true;
  }

  entered(): void {
    this.#dailyTrades += 1;
  }

  exited(reason: ExitReason): void {
    this.#lastExit = this.#candle;
    const count = this.#options.stopLossGuardCount;
    if (count === null || !stopReasons.has(reason)) return;
    this.#stops.push(this.#candle);
    if (this.#stops.length > count) this.#stops.shift();
  }

  /** Why no entry may be made now, or null. @param waiting entries that others have asked for and not made yet: they count as the day's */
  refusal(waiting = 0): RefusalReason | null {
    const { maxDailyLossPercent, dailyTargetPercent, maxDailyTrades, cooldownCandles, stopLossGuardCount, stopLossGuardCandles } =
      this.#options;
    if (this.#halted) return RefusalReason.DRAWDOWN_HALT;
    if (maxDailyLossPercent !== null && this.dailyPnl <= (-maxDailyLossPercent / 100) * this.#dayStartEquity)
      return RefusalReason.DAILY_LOSS_LIMIT;
    if (dailyTargetPercent !== null && this.dailyPnl >= (dailyTargetPercent / 100) * this.#dayStartEquity)
      return RefusalReason.DAILY_TARGET_REACHED;
    if (maxDailyTrades !== null && this.#dailyTrades + waiting >= maxDailyTrades) return RefusalReason.DAILY_TRADES_LIMIT;
    if (this.#lastExit >= 0 && this.#candle - this.#lastExit <= cooldownCandles) return RefusalReason.COOLDOWN;
    if (stopLossGuardCount !== null) {
      const recent = this.#stops.filter((candle) => this.#candle - candle <= stopLossGuardCandles);
      if (recent.length >= stopLossGuardCount) return RefusalReason.STOP_LOSS_GUARD;
    }
    return null;
  }

  state(): GuardState {
    return {
      day: this.#day,
      dayStartEquity: this.#dayStartEquity,
      equity: this.#equity,
      peakEquity: this.#peakEquity,
      dailyTrades: this.#dailyTrades,
      halted: this.#halted,
      candlesSinceExit: this.#lastExit < 0 ? null : this.#candle - this.#lastExit,
      candlesSinceStops: this.#stops.map((candle) => this.#candle - candle),
    };
  }

  restore(state: GuardState): void {
    this.#day = state.day;
    this.#dayStartEquity = state.dayStartEquity;
    this.#equity = state.equity;
    this.#peakEquity = state.peakEquity;
    this.#dailyTrades = state.dailyTrades;
    this.#halted = state.halted;
    // Counted back from a number large enough that every remembered distance stays a place at or after zero.
    const distances = [state.candlesSinceExit ?? 0, ...state.candlesSinceStops];
    this.#candle = Math.max(this.#candle, ...distances);
    this.#lastExit = state.candlesSinceExit === null ? -1 : this.#candle - state.candlesSinceExit;
    this.#stops = state.candlesSinceStops.map((distance) => this.#candle - distance);
  }
}
