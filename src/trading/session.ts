import type { Account } from './account.ts';
import type { Candle, Candles } from './candle.ts';
import { ParameterError } from './errors.ts';
import type { HeldState } from './held-state.ts';
import type { GuardState } from './limits.ts';
import { EntryType } from './options.ts';
import { ExitReason } from './position.ts';
import { candleAt, CandleSeries } from './series.ts';
import { type SessionConfig, SessionCore } from './session-core.ts';
import {
  type Execution,
  IdleReason,
  OrderLeg,
  type OrderRequest,
  type SessionEffect,
  type SessionEvent,
} from './session-types.ts';

export type { SessionConfig } from './session-core.ts';
export * from './session-types.ts';

/** Everything a restart needs to go on exactly where it was; plain JSON. */
export interface SessionState {
  /** Realised capital: the initial capital plus all profit after fees, the fees of an open position included. */
  readonly balance: number;
  readonly position: HeldState | null;
  readonly pending: OrderRequest | null;
  /** The entry that follows the pending exit of a reversal. */
  readonly following: OrderRequest | null;
  readonly guard: GuardState | null;
  readonly paused: boolean;
}

const nothing = new Map<IdleReason, readonly SessionEffect[]>(
  Object.values(IdleReason).map((reason) => [reason, [{ type: 'NONE', reason }]]),
);

/**
 * What backtest, paper and live share: it is told what happened and answers what it wants done. It has no clock, sends
 * nothing and knows no exchange. One symbol, one position, one order at a time.
 *
 * A runner makes it `onHistory` and calls `handle(event)`. The backtest makes it `onColumns` and calls `step` and `fill`, which
 * `handle` calls too. Simulated fills for either come from `Matcher`.
 */
export class TradingSession extends SessionCore {
  /** A session over whole columns: `step` is called with each index in turn. @param account one that is shared with other sessions */
  static onColumns(
    config: SessionConfig,
    candles: Candles,
    columns: Readonly<Record<string, Float64Array>>,
    account?: Account,
  ): TradingSession {
    const session = new TradingSession(config, { candles, columns }, null, account);
    session.decider.prepare(Math.min(config.strategy.firstDecision, candles.openTime.length), candles.openTime.length);
    return session;
  }

  /**
   * A session for a runner, warmed up with past candles that it does not act on. Indicators such as the EMA remember their start, so
   * the more history, the closer to a backtest that began earlier; `strategy.firstDecision` candles are the least.
   * @throws ParameterError for limit and stop entries, which only backtests know
   */
  static onHistory(config: SessionConfig, history: Candles): TradingSession {
    const { entryType = EntryType.MARKET } = config.options;
    if (entryType !== EntryType.MARKET)
      throw new ParameterError(`a bot enters at the market: entryType ${entryType} is for backtests only`, ['entryType'], {
        value: entryType,
        limit: EntryType.MARKET,
      });
    const series = new CandleSeries(config.strategy.indicators, config.strategy.definition.lookBack);
    const session = new TradingSession(config, series, series, undefined);
    for (let index = 0; index < history.openTime.length; index++) series.append(candleAt(history, index));
    session.count = history.openTime.length;
    return session;
  }

  /**
   * Tells the session one thing that happened, in the order of happening.
   * @returns what it wants done, in order; at least one effect, NONE with a reason when there is nothing
   * @throws RangeError for a candle that does not follow the newest one, or a fill that contradicts the position
   */
  handle(event: SessionEvent): readonly SessionEffect[] {
    switch (event.type) {
      case 'CANDLE_CLOSED':
        return this.#candleClosed(event.candle, event.stale ?? false);
      case 'EXECUTION':
        return this.#executed(event.execution);
      case 'FUNDED':
        this.funded(event.paid);
        return this.#none(IdleReason.HOLD);
      case 'ORDER_ENDED':
        if (this.pending?.leg === event.leg) this.orderEnded();
        return this.position.side === 0 ? this.#none(IdleReason.HOLD) : [this.#protect()];
      case 'TICK':
        return this.#tick(event.price, event.at);
      case 'CLOSE_POSITION':
        return this.#closeNow(event.reason, event.price);
    }
  }

  #none(reason: IdleReason): readonly SessionEffect[] {
    return nothing.get(reason)!;
  }

  #protect(): SessionEffect {
    return { type: 'PROTECT', protection: this.position.protection() };
  }

  #candleClosed(candle: Candle, stale: boolean): readonly SessionEffect[] {
    if (this.series === null) throw new RangeError('a session on columns is driven by step');
    const index = this.series.append(candle);
    const stopBefore = this.position.stop;
    const order = stale ? null : this.step(index);
    if (stale) {
      this.follow(index);
      this.idle = IdleReason.STALE;
    }
    const effects: SessionEffect[] = [];
    if (this.position.side !== 0 && this.position.stop !== stopBefore) effects.push(this.#protect());
    if (order !== null) effects.push({ type: 'SUBMIT', order });
    return effects.length > 0 ? effects : this.#none(this.idle);
  }

  #executed(execution: Execution): readonly SessionEffect[] {
    const isClosed = this.fill(execution);
    const effects: SessionEffect[] = [];
    for (const trade of this.closed.take()) effects.push({ type: 'CLOSED', trade });
    effects.push(this.#protect());
    if (isClosed && this.pending !== null) effects.push({ type: 'SUBMIT', order: this.pending });
    return effects;
  }

  #tick(price: number, at: number): readonly SessionEffect[] {
    const { position } = this;
    if (position.side === 0) return this.#none(IdleReason.HOLD);
    if (this.pending !== null) return this.#none(IdleReason.ORDER_PENDING);
    const long = position.side > 0;
    const stopped = long ? price <= position.stop : price >= position.stop;
    const reached = long ? price >= position.target : price <= position.target;
    if (!stopped && !reached) return this.#none(IdleReason.HOLD);
    const stopReason = position.trailing ? ExitReason.TRAILING_STOP : ExitReason.STOP_LOSS;
    return [
      { type: 'SUBMIT', order: this.exitOrder(stopped ? stopReason : ExitReason.TAKE_PROFIT, price, this.lastOpenTime ?? at) },
    ];
  }

  #closeNow(reason: 'MANUAL' | 'RISK_LIMIT', price: number): readonly SessionEffect[] {
    const effects: SessionEffect[] = [];
    this.following = null;
    if (this.pending?.leg === OrderLeg.EXIT) return this.#none(IdleReason.ORDER_PENDING);
    if (this.pending !== null) effects.push({ type: 'CANCEL', leg: OrderLeg.ENTRY });
    if (this.position.side !== 0 && this.pending === null)
      effects.push({ type: 'SUBMIT', order: this.exitOrder(reason, price, this.lastOpenTime ?? 0) });
    return effects.length > 0 ? effects : this.#none(IdleReason.HOLD);
  }

  /** What to store so that `restore` can go on from here. */
  state(): SessionState {
    return {
      balance: this.balance,
      position: this.position.state(),
      pending: this.pending,
      following: this.following,
      guard: this.guard?.state() ?? null,
      paused: this.paused,
    };
  }

  /**
   * Goes on from a stored state; the history must end where the state was taken, later candles follow as stale ones.
   * @throws ParameterError when the state does not fit, such as a short position on spot
   */
  restore(state: SessionState): void {
    if (state.position?.side === -1 && this.options.marketType === 'SPOT')
      throw new ParameterError('the stored position is short, which SPOT does not allow', ['state', 'position', 'side']);
    this.balance = state.balance;
    this.pending = state.pending;
    this.following = state.following;
    this.paused = state.paused;
    if (state.position === null) this.position.clear();
    else this.position.restore(state.position, this.count);
    if (state.guard !== null) this.guard?.restore(state.guard);
  }
}
