import type { Candle } from './candle.ts';
import type { EntryType } from './options.ts';
import type { Liquidity, OrderSide } from './order.ts';
import type { ExitReason, PositionSide } from './position.ts';

/** The two orders of a round trip. */
export const OrderLeg = { ENTRY: 'ENTRY', EXIT: 'EXIT' } as const;
export type OrderLeg = (typeof OrderLeg)[keyof typeof OrderLeg];

/** Why a wanted entry was not made. Counted in a backtest, told by a bot. */
export const RefusalReason = {
  SHORT_NOT_ALLOWED: 'SHORT_NOT_ALLOWED',
  PAUSED: 'PAUSED',
  ZERO_QUANTITY: 'ZERO_QUANTITY',
  MIN_NOTIONAL: 'MIN_NOTIONAL',
  INSUFFICIENT_BALANCE: 'INSUFFICIENT_BALANCE',
  DAILY_LOSS_LIMIT: 'DAILY_LOSS_LIMIT',
  DAILY_TARGET_REACHED: 'DAILY_TARGET_REACHED',
  DAILY_TRADES_LIMIT: 'DAILY_TRADES_LIMIT',
  COOLDOWN: 'COOLDOWN',
  STOP_LOSS_GUARD: 'STOP_LOSS_GUARD',
  DRAWDOWN_HALT: 'DRAWDOWN_HALT',
  MAX_OPEN_POSITIONS: 'MAX_OPEN_POSITIONS',
  /** A limit or stop entry was not reached in time, or the strategy took it back. */
  ENTRY_NOT_REACHED: 'ENTRY_NOT_REACHED',
} as const;
export type RefusalReason = (typeof RefusalReason)[keyof typeof RefusalReason];

/** Why a closed candle led to nothing. */
export const IdleReason = {
  ...RefusalReason,
  /** The strategy has too few candles yet. */
  WARMING_UP: 'WARMING_UP',
  /** The strategy wants nothing. */
  HOLD: 'HOLD',
  /** An order is under way; one at a time. */
  ORDER_PENDING: 'ORDER_PENDING',
  /** The candle closed while nobody watched: followed, not acted upon. */
  STALE: 'STALE',
} as const;
export type IdleReason = (typeof IdleReason)[keyof typeof IdleReason];

/** An order that the session wants; outside backtests always a market order. Prices in quote, quantities in base currency. */
export interface OrderRequest {
  readonly leg: OrderLeg;
  readonly positionSide: PositionSide;
  readonly side: OrderSide;
  readonly type: EntryType;
  /** Level of a LIMIT or STOP; null: at the market. */
  readonly price: number | null;
  /** EXIT: the whole position. ENTRY: null, because it depends on the price: ask the session's `entryQuantity(price)` before sending. */
  readonly quantity: number | null;
  /** Close of the candle that decided, or the price that set off the exit. */
  readonly referencePrice: number;
  /** Null on an entry. */
  readonly reason: ExitReason | null;
  /** Open time of the candle that decided: with the leg, the signal's name within its bot. */
  readonly candleTime: number;
  /** Levels the strategy asked for; null: from the configured distances. */
  readonly stop: number | null;
  readonly target: number | null;
}

/** One fill of an order of this session. */
export interface Execution {
  readonly leg: OrderLeg;
  readonly positionSide: PositionSide;
  readonly price: number;
  readonly quantity: number;
  /** In quote currency. */
  readonly fee: number;
  /** Exits: what is given up with it, since no order can sell so little; in base currency. None unless told. */
  readonly dust?: number;
  readonly liquidity: Liquidity;
  /** Exits: why. Null on entries. */
  readonly reason: ExitReason | null;
  /** Milliseconds UTC; in a backtest the open time of the candle it happened in. */
  readonly at: number;
  /** The last fill of its order. */
  readonly complete: boolean;
}

/** The levels that guard an open position; null: not set. */
export interface Protection {
  readonly positionSide: PositionSide;
  readonly quantity: number;
  /** Stop-market level, the trailing stop included. */
  readonly stop: number | null;
  /** STOP_LOSS or TRAILING_STOP: what it means when `stop` is hit. */
  readonly stopReason: ExitReason;
  /** Limit at which profit is taken. */
  readonly target: number | null;
  /** Where the exchange would liquidate; nothing to place, something to show. */
  readonly liquidation: number | null;
}

/** One round trip, entry to exit. */
export interface SessionTrade {
  readonly side: PositionSide;
  readonly quantity: number;
  /** Number of the entry's candle in the session's series, from 0. */
  readonly entryIndex: number;
  readonly exitIndex: number;
  readonly entryTime: number;
  readonly exitTime: number;
  readonly entryPrice: number;
  readonly exitPrice: number;
  /** Both sides, in quote currency. */
  readonly fees: number;
  /** Funding paid while it was held, in quote currency; negative: received. */
  readonly funding: number;
  /** After fees and funding, in quote currency. */
  readonly pnl: number;
  /** `pnl` in percent of the capital committed: entry value over leverage. */
  readonly pnlPercent: number;
  readonly exitReason: ExitReason;
  /** Candle closes that the position lived through. */
  readonly candles: number;
  /** Maximum adverse excursion: furthest move against the position from the entry price, in percent, at least 0. */
  readonly maePercent: number;
  /** Maximum favourable excursion, likewise. */
  readonly mfePercent: number;
}

/** What happens to a session. */
export type SessionEvent =
  | { readonly type: 'CANDLE_CLOSED'; readonly candle: Candle; /** It closed while nobody watched. */ readonly stale?: boolean }
  | { readonly type: 'EXECUTION'; readonly execution: Execution }
  /** Funding was paid for the position, in quote currency; negative: received. */
  | { readonly type: 'FUNDED'; readonly paid: number }
  /** The order will not fill any further: rejected, canceled, expired, absent. */
  | { readonly type: 'ORDER_ENDED'; readonly leg: OrderLeg }
  /** A price between closes, for runners that watch the levels themselves instead of placing them at the exchange. */
  | { readonly type: 'TICK'; readonly price: number; readonly at: number }
  | { readonly type: 'CLOSE_POSITION'; readonly reason: 'MANUAL' | 'RISK_LIMIT'; readonly price: number };

/** What a session wants done, in this order. */
export type SessionEffect =
  | { readonly type: 'SUBMIT'; readonly order: OrderRequest }
  /** Stop and target should stand like this; null: take them back. */
  | { readonly type: 'PROTECT'; readonly protection: Protection | null }
  /** Cancel the pending order of this leg. */
  | { readonly type: 'CANCEL'; readonly leg: OrderLeg }
  /** A round trip is complete. */
  | { readonly type: 'CLOSED'; readonly trade: SessionTrade }
  /** Nothing to do, and why. */
  | { readonly type: 'NONE'; readonly reason: IdleReason };
