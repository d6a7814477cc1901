import { registerEnumType } from 'type-graphql';
import { JobStatus } from '../entities/research/JobStatus.ts';
import { BotAction, BotStatus, TradingMode } from '../trading/bot.ts';
import { Liquidity, OrderSide, OrderStatus, OrderType, TimeInForce } from '../trading/order.ts';
import { ExitReason, MarketType, PositionSide } from '../trading/position.ts';
import { Timeframe } from '../trading/timeframe.ts';

/*
 * Every enumeration that more than one area shows, registered once. An area imports the enumeration from where it is defined and this
 * file for its effect.
 */

type Descriptions<T extends Record<string, string>> = Record<keyof T, string>;

/** Registers an enumeration; the compiler sees to it that no value lacks a description. */
export function describeEnum<T extends Record<string, string>>(
  values: T,
  name: string,
  description: string,
  of: Descriptions<T>,
): void {
  const valuesConfig = Object.fromEntries(Object.entries(of).map(([value, text]) => [value, { description: text }]));
  registerEnumType(values, {
    name,
    description,
    valuesConfig: valuesConfig as Partial<Record<keyof T, { description: string }>>,
  });
}

export const SortDirection = { ASC: 'ASC', DESC: 'DESC' } as const;
export type SortDirection = (typeof SortDirection)[keyof typeof SortDirection];

describeEnum(SortDirection, 'SortDirection', 'Which end comes first.', {
  ASC: 'Smallest or oldest first.',
  DESC: 'Largest or newest first.',
});
describeEnum(OrderSide, 'OrderSide', 'Direction of an order or execution.', {
  BUY: 'Buys the base currency.',
  SELL: 'Sells the base currency.',
});
describeEnum(OrderType, 'OrderType', 'How an order is filled.', {
  MARKET: 'At once, at the best price there is.',
  LIMIT: 'At its price or better.',
  STOP: 'Becomes a market order when its stop price is reached.',
  STOP_LIMIT: 'Becomes a limit order when its stop price is reached.',
});
describeEnum(TimeInForce, 'TimeInForce', 'How long an order waits.', {
  GTC: 'Until it is filled or canceled.',
  IOC: 'Not at all: what cannot be filled at once is canceled.',
  FOK: 'Not at all, and only as a whole.',
  POST_ONLY: 'Only as a maker: it is canceled if it would be filled at once.',
});
describeEnum(Liquidity, 'Liquidity', 'Whether an execution took a resting order or was one; it decides the fee.', {
  MAKER: 'It rested in the book.',
  TAKER: 'It took what rested in the book.',
});
describeEnum(
  OrderStatus,
  'OrderStatus',
  'INTENT → SENT → ACCEPTED → PARTIALLY_FILLED → FILLED; from SENT also REJECTED or UNKNOWN; open orders may end CANCELED or EXPIRED.',
  {
    INTENT: 'Written down, not sent yet.',
    SENT: 'Handed to the exchange, no answer yet.',
    ACCEPTED: 'The exchange has it.',
    PARTIALLY_FILLED: 'Executed in part.',
    FILLED: 'Executed as a whole.',
    REJECTED: 'The exchange refused it.',
    UNKNOWN: 'The answer never came: it may or may not exist.',
    CANCELED: 'Taken back before it was filled as a whole.',
    EXPIRED: 'Its time in force ran out.',
    ABSENT: 'It is proven that the exchange never had it.',
    ABANDONED: 'Given up before it was sent.',
  },
);
describeEnum(PositionSide, 'PositionSide', 'Which way a position gains.', {
  LONG: 'When the price rises.',
  SHORT: 'When the price falls.',
});
describeEnum(MarketType, 'MarketType', 'Kind of market.', {
  SPOT: 'The asset itself; long only, no leverage.',
  FUTURES: 'A perpetual contract; long and short, with leverage.',
});
describeEnum(ExitReason, 'ExitReason', 'Why a position was closed.', {
  SIGNAL: 'The strategy wanted out.',
  STOP_LOSS: 'The stop was hit.',
  TAKE_PROFIT: 'The target was reached.',
  TRAILING_STOP: 'The trailing stop was hit.',
  LIQUIDATION: 'The exchange closed it.',
  MANUAL: 'A person closed it.',
  RISK_LIMIT: 'A risk limit closed it.',
  END_OF_DATA: 'The backtest ended.',
});
describeEnum(TradingMode, 'TradingMode', 'What happens to orders.', {
  PAPER: 'Fills are simulated.',
  LIVE: 'Orders go to the exchange.',
});
describeEnum(BotStatus, 'BotStatus', 'STOPPED → STARTING → RUNNING ⇄ PAUSED → STOPPING → STOPPED; ERROR from any.', {
  STOPPED: 'Does nothing.',
  STARTING: 'Loads candles and reconciles its orders.',
  RUNNING: 'Trades.',
  PAUSED: 'Looks after its position, opens none.',
  STOPPING: 'Winds up.',
  ERROR: 'Needs a person; the message says why.',
});
describeEnum(BotAction, 'BotAction', 'What may be asked of a bot now.', {
  START: 'startBot',
  PAUSE: 'pauseBot',
  RESUME: 'resumeBot',
  STOP: 'stopBot',
  UPDATE: 'updateBot',
  DELETE: 'deleteBot',
});
describeEnum(JobStatus, 'JobStatus', 'How a long-running job stands: PENDING → RUNNING → one of the rest.', {
  PENDING: 'Waits for its turn.',
  RUNNING: 'Is at work.',
  COMPLETED: 'Has its result.',
  FAILED: 'Ended without one; the reason is told.',
  CANCELED: 'Was stopped by its owner.',
});
describeEnum(Timeframe, 'Timeframe', 'Length of a candle.', {
  M1: 'One minute.',
  M3: 'Three minutes.',
  M5: 'Five minutes.',
  M15: 'A quarter of an hour.',
  M30: 'Half an hour.',
  H1: 'One hour.',
  H2: 'Two hours.',
  H4: 'Four hours.',
  H6: 'Six hours.',
  H12: 'Half a day.',
  D1: 'One UTC day.',
  W1: 'A week from Monday, UTC.',
});
