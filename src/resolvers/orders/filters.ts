import { Field, InputType } from 'type-graphql';
import type { ClosedTrade } from '../../entities/trading/ClosedTrade.ts';
import type { Order } from '../../entities/trading/Order.ts';
import type { Position } from '../../entities/trading/Position.ts';
import type { Trade } from '../../entities/trading/Trade.ts';
import type { RowFilter } from '../../services/database/index.ts';
import { OrderSide, OrderStatus, OrderType } from '../../trading/order.ts';
import { ExitReason, PositionSide } from '../../trading/position.ts';
import { type EnumFilter, enumFilterOf } from '../enum-filter.ts';
import '../enums.ts';
import { DateTimeFilter, DecimalFilter, decimalCondition, filterOf, IdFilter, idCondition, StringFilter } from '../filters.ts';

const OrderStatusFilter = enumFilterOf(OrderStatus, 'OrderStatus');
const OrderSideFilter = enumFilterOf(OrderSide, 'OrderSide');
const OrderTypeFilter = enumFilterOf(OrderType, 'OrderType');
const PositionSideFilter = enumFilterOf(PositionSide, 'PositionSide');
const ExitReasonFilter = enumFilterOf(ExitReason, 'ExitReason');

@InputType({ description: 'Which orders.' })
export class OrderFilter {
  @Field(() => [OrderFilter], { nullable: true, description: 'All of these.' })
  and?: OrderFilter[];

  @Field(() => [OrderFilter], { nullable: true, description: 'One of these.' })
  or?: OrderFilter[];

  @Field(() => OrderFilter, { nullable: true, description: 'Not this.' })
  not?: OrderFilter;

  @Field(() => IdFilter, { nullable: true, description: 'Id of the bot.' })
  botId?: IdFilter;

  @Field(() => StringFilter, { nullable: true, description: 'Market, such as "BTC/USDT".' })
  symbol?: StringFilter;

  @Field(() => OrderStatusFilter, { nullable: true, description: 'Where it stands.' })
  status?: EnumFilter<OrderStatus>;

  @Field(() => OrderSideFilter, { nullable: true, description: 'Direction.' })
  side?: EnumFilter<OrderSide>;

  @Field(() => OrderTypeFilter, { nullable: true, description: 'How it is filled.' })
  type?: EnumFilter<OrderType>;

  @Field(() => Boolean, { nullable: true, description: 'Whether its fills are simulated.' })
  isPaper?: boolean;

  @Field(() => DecimalFilter, { nullable: true, description: 'Limit price.' })
  price?: DecimalFilter;

  @Field(() => DecimalFilter, { nullable: true, description: 'Amount in the base currency.' })
  amount?: DecimalFilter;

  @Field(() => DateTimeFilter, { nullable: true, description: 'When its intent was written down.' })
  createdAt?: DateTimeFilter;
}

@InputType({ description: 'Which executions.' })
export class TradeFilter {
  @Field(() => [TradeFilter], { nullable: true, description: 'All of these.' })
  and?: TradeFilter[];

  @Field(() => [TradeFilter], { nullable: true, description: 'One of these.' })
  or?: TradeFilter[];

  @Field(() => TradeFilter, { nullable: true, description: 'Not this.' })
  not?: TradeFilter;

  @Field(() => IdFilter, { nullable: true, description: 'Id of the bot.' })
  botId?: IdFilter;

  @Field(() => IdFilter, { nullable: true, description: 'Id of the order.' })
  orderId?: IdFilter;

  @Field(() => StringFilter, { nullable: true, description: 'Market, such as "BTC/USDT".' })
  symbol?: StringFilter;

  @Field(() => OrderSideFilter, { nullable: true, description: 'Direction.' })
  side?: EnumFilter<OrderSide>;

  @Field(() => Boolean, { nullable: true, description: 'Whether it was simulated.' })
  isPaper?: boolean;

  @Field(() => DecimalFilter, { nullable: true, description: 'Price.' })
  price?: DecimalFilter;

  @Field(() => DecimalFilter, { nullable: true, description: 'Profit before fees.' })
  pnl?: DecimalFilter;

  @Field(() => DateTimeFilter, { nullable: true, description: 'When it happened.' })
  executedAt?: DateTimeFilter;
}

@InputType({ description: 'Which positions.' })
export class PositionFilter {
  @Field(() => [PositionFilter], { nullable: true, description: 'All of these.' })
  and?: PositionFilter[];

  @Field(() => [PositionFilter], { nullable: true, description: 'One of these.' })
  or?: PositionFilter[];

  @Field(() => PositionFilter, { nullable: true, description: 'Not this.' })
  not?: PositionFilter;

  @Field(() => IdFilter, { nullable: true, description: 'Id of the bot.' })
  botId?: IdFilter;

  @Field(() => StringFilter, { nullable: true, description: 'Market, such as "BTC/USDT".' })
  symbol?: StringFilter;

  @Field(() => PositionSideFilter, { nullable: true, description: 'Which way it gains.' })
  side?: EnumFilter<PositionSide>;

  @Field(() => Boolean, { nullable: true, description: 'Whether it is still held.' })
  isOpen?: boolean;

  @Field(() => DateTimeFilter, { nullable: true, description: 'When it was opened.' })
  openedAt?: DateTimeFilter;
}

@InputType({ description: 'Which round trips.' })
export class ClosedTradeFilter {
  @Field(() => [ClosedTradeFilter], { nullable: true, description: 'All of these.' })
  and?: ClosedTradeFilter[];

  @Field(() => [ClosedTradeFilter], { nullable: true, description: 'One of these.' })
  or?: ClosedTradeFilter[];

  @Field(() => ClosedTradeFilter, { nullable: true, description: 'Not this.' })
  not?: ClosedTradeFilter;

  @Field(() => IdFilter, { nullable: true, description: 'Id of the bot.' })
  botId?: IdFilter;

  @Field(() => StringFilter, { nullable: true, description: 'Market, such as "BTC/USDT".' })
  symbol?: StringFilter;

  @Field(() => PositionSideFilter, { nullable: true, description: 'Which way it gained.' })
  side?: EnumFilter<PositionSide>;

  @Field(() => ExitReasonFilter, { nullable: true, description: 'Why it was closed.' })
  exitReason?: EnumFilter<ExitReason>;

  @Field(() => DecimalFilter, { nullable: true, description: 'Profit after fees.' })
  pnl?: DecimalFilter;

  @Field(() => DateTimeFilter, { nullable: true, description: 'When it was closed.' })
  closedAt?: DateTimeFilter;
}

const is = <T>(value: T | null | undefined): { eq: T } | undefined =>
  value === null || value === undefined ? undefined : { eq: value };

/** Filters in terms of rows. @throws DomainError INVALID for an id of another type, LIMIT_EXCEEDED for a filter that is too large */
export function orderCondition(filter: OrderFilter | null | undefined): RowFilter<Order> | undefined {
  return filterOf(
    filter,
    ({ botId, symbol, status, side, type, isPaper, price, amount, createdAt }) =>
      ({
        botId: idCondition(botId, 'bot'),
        symbol,
        status,
        side,
        type,
        isPaper: is(isPaper),
        price: decimalCondition(price),
        amount: decimalCondition(amount),
        createdAt,
      }) as RowFilter<Order>,
  );
}

export function tradeCondition(filter: TradeFilter | null | undefined): RowFilter<Trade> | undefined {
  return filterOf(
    filter,
    ({ botId, orderId, symbol, side, isPaper, price, pnl, executedAt }) =>
      ({
        botId: idCondition(botId, 'bot'),
        orderId: idCondition(orderId, 'ord'),
        symbol,
        side,
        isPaper: is(isPaper),
        price: decimalCondition(price),
        pnl: decimalCondition(pnl),
        executedAt,
      }) as RowFilter<Trade>,
  );
}

export function positionCondition(filter: PositionFilter | null | undefined): RowFilter<Position> | undefined {
  return filterOf(
    filter,
    ({ botId, symbol, side, isOpen, openedAt }) =>
      ({ botId: idCondition(botId, 'bot'), symbol, side, isOpen: is(isOpen), openedAt }) as RowFilter<Position>,
  );
}

export function closedTradeCondition(filter: ClosedTradeFilter | null | undefined): RowFilter<ClosedTrade> | undefined {
  return filterOf(
    filter,
    ({ botId, symbol, side, exitReason, pnl, closedAt }) =>
      ({
        botId: idCondition(botId, 'bot'),
        symbol,
        side,
        exitReason,
        pnl: decimalCondition(pnl),
        closedAt,
      }) as RowFilter<ClosedTrade>,
  );
}
