import { isDeepStrictEqual } from 'node:util';
import type { BotState } from '../../entities/trading/BotState.ts';
import type { Order } from '../../entities/trading/Order.ts';
import type { Position } from '../../entities/trading/Position.ts';
import type { Trade } from '../../entities/trading/Trade.ts';
import { decimal, type Decimal } from '../../trading/money.ts';
import { isTerminal, Liquidity, OrderSide } from '../../trading/order.ts';
import { type ExitReason, PositionSide } from '../../trading/position.ts';
import { type Execution, OrderLeg, type SessionState, type TradingSession } from '../../trading/session.ts';
import { ledgerAmount } from '../orders/amounts.ts';

/** What the state row keeps beside its columns; plain JSON of ours. */
export interface StoredSession {
  readonly state?: SessionState;
  /** Stopping closes the position first. */
  readonly closeOnStop?: boolean;
  /** Why it closes then; MANUAL when left out. */
  readonly closeReason?: 'MANUAL' | 'RISK_LIMIT';
}

export function storedSession(state: Pick<BotState, 'session'>): StoredSession {
  return state.session;
}

/** A double of the session as a ledger column has it; null for what is not set. */
function amount(value: number): Decimal | null {
  return Number.isFinite(value) && value >= 0 ? ledgerAmount(decimal(value)) : null;
}

/**
 * Writes a session into its state row: the columns that people see, and the whole of what a restart needs.
 * @param held exact quantity of the position, as the ledger has it
 */
export function saveSession(row: BotState, session: TradingSession, held: Decimal): void {
  const { position } = session;
  const isLong = position.side > 0;
  const inPosition = position.side !== 0;
  const levels = inPosition ? position.protection() : null;
  row.inPosition = inPosition;
  row.positionSide = inPosition ? (isLong ? PositionSide.LONG : PositionSide.SHORT) : null;
  row.entryPrice = inPosition ? amount(position.entryPrice) : null;
  row.positionSize = inPosition ? held : null;
  row.stopLossPrice = amount(levels?.stop ?? Number.NaN);
  row.trailingStopPrice = position.trailing && inPosition ? row.stopLossPrice : null;
  row.takeProfitPrice = amount(levels?.target ?? Number.NaN);
  row.maxPriceSinceEntry = inPosition ? amount(isLong ? position.highest : position.lowest) : null;
  const state = session.state();
  row.dailyPnl = ledgerAmount(decimal(session.dailyPnl));
  row.equity = state.guard === null ? null : ledgerAmount(decimal(state.guard.equity));
  row.dailyTradesCount = session.dailyTrades;
  row.dailyDate = state.guard && state.guard.day >= 0 ? new Date(state.guard.day * 86_400_000).toISOString().slice(0, 10) : null;
  row.lastCandleAt = session.lastOpenTime === undefined ? row.lastCandleAt : new Date(session.lastOpenTime);
  // PostgreSQL gives an object's keys back in an order of its own, which alone is no change.
  if (!isDeepStrictEqual(row.session['state'], state)) row.session = { ...row.session, state };
}

/** A position that was written off, in the session's words: an exit that sold nothing. */
export function writeOffOf({ side, dust }: Position, reason: ExitReason | null, price: number, at: number): Execution {
  const nothing = { quantity: 0, fee: 0, liquidity: Liquidity.TAKER };
  return { ...nothing, leg: OrderLeg.EXIT, positionSide: side, price, dust: dust?.toNumber() ?? 0, reason, at, complete: true };
}

/**
 * An execution of the ledger in the session's words: what a buy paid as its fee in the asset itself has never arrived.
 * @param dust what was written off with it
 */
export function executionOf(order: Order, trade: Trade, baseAsset: string, dust: Decimal | null): Execution {
  const exits = order.reduceOnly;
  const isKept = trade.side === OrderSide.BUY && trade.feeCurrency === baseAsset;
  const quantity = isKept ? trade.amount.sub(trade.fee) : trade.amount;
  return {
    leg: exits ? OrderLeg.EXIT : OrderLeg.ENTRY,
    positionSide: exits === (order.side === OrderSide.SELL) ? PositionSide.LONG : PositionSide.SHORT,
    price: trade.price.toNumber(),
    quantity: quantity.toNumber(),
    fee: trade.feeInQuote?.toNumber() ?? 0,
    ...(dust && { dust: dust.toNumber() }),
    liquidity: trade.liquidity,
    reason: exits ? order.exitReason : null,
    at: trade.executedAt.getTime(),
    complete: isTerminal(order.status),
  };
}
