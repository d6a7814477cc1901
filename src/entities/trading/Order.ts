import type { Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, Unique } from '@mikro-orm/decorators/legacy';
import { Decimal } from '../../trading/money.ts';
import { isTerminal, OrderSide, OrderStatus, OrderType, TimeInForce } from '../../trading/order.ts';
import { ExitReason } from '../../trading/position.ts';
import { ApiKey } from '../exchange/ApiKey.ts';
import { Exchange } from '../exchange/Exchange.ts';
import { User } from '../identity/User.ts';
import { Amount, Flag, Large, Moment, OneOf, Rule, Text, Whole } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { VersionedRow } from '../rows.ts';
import { Bot } from './Bot.ts';
import { Strategy } from './Strategy.ts';

/** How a request to cancel stands. It is no state of the order: until the exchange confirms, a fill can win the race. */
export const CancelOutcome = { NONE: 'NONE', PENDING: 'PENDING', UNKNOWN: 'UNKNOWN', REFUSED: 'REFUSED' } as const;
export type CancelOutcome = (typeof CancelOutcome)[keyof typeof CancelOutcome];

/** Of orders that may still be filled, or whose fate is not known. */
export const openOrderStatuses: readonly OrderStatus[] = Object.values(OrderStatus).filter((status) => !isTerminal(status));

type Defaulted =
  | 'timeInForce'
  | 'filledAmount'
  | 'cost'
  | 'fee'
  | 'status'
  | 'reduceOnly'
  | 'cancelOutcome'
  | 'lookupMisses'
  | 'attempt';

/**
 * One order: the intent is written before anything is sent, with the whole request in exact decimals.
 * Amounts are in base currency, prices, cost and fee in quote currency. What remains is amount − filledAmount.
 */
@Entity({ tableName: 'orders' })
@Owned()
@Unique({ properties: ['exchange', 'account', 'symbol', 'exchangeOrderId'] })
@Unique({ properties: ['bot', 'signalKey'] })
@Index({ properties: ['user', 'createdAt', 'id'] })
@Index({ properties: ['bot', 'user', 'createdAt', 'id'] })
@Index({ properties: ['bot', 'createdAt'] })
@Index({ properties: ['status', 'createdAt'] })
@Rule<Order>('orders_limit_has_price', (c) => `${c.type} = 'MARKET' or ${c.type} = 'STOP' or ${c.price} is not null`)
@Rule<Order>('orders_stop_has_stop_price', (c) => `${c.type} = 'MARKET' or ${c.type} = 'LIMIT' or ${c.stopPrice} is not null`)
export class Order extends VersionedRow<Defaulted> {
  @ManyToOne(() => User, { ref: true, deleteRule: 'restrict', index: false })
  user!: Ref<User>;

  @ManyToOne(() => Bot, { ref: true, nullable: true, deleteRule: 'set null', index: false })
  bot: Ref<Bot> | null = null;

  @ManyToOne(() => Strategy, { ref: true, nullable: true, deleteRule: 'set null', index: true })
  strategy: Ref<Strategy> | null = null;

  @ManyToOne(() => Exchange, { ref: true, deleteRule: 'restrict', index: false })
  exchange!: Ref<Exchange>;

  @ManyToOne(() => ApiKey, { ref: true, nullable: true, deleteRule: 'set null', index: true })
  apiKey: Ref<ApiKey> | null = null;

  /** Whose account at the exchange: the id of the API key, or `paper:` and the bot's id. Exchanges number orders per account. */
  @Text({ min: 1, max: 120 })
  account!: string;

  @Text({ min: 1, max: 60 })
  symbol!: string;

  @OneOf(OrderSide)
  side!: OrderSide;

  @OneOf(OrderType)
  type!: OrderType;

  @OneOf(TimeInForce)
  timeInForce: TimeInForce = TimeInForce.GTC;

  @Amount({ above: '0', nullable: true })
  price: Decimal | null = null;

  @Amount({ above: '0', nullable: true })
  stopPrice: Decimal | null = null;

  /** What it was valued at when it was approved; what is not filled of an entry counts as exposure at this price. */
  @Amount({ nullable: true })
  referencePrice: Decimal | null = null;

  @Amount({ above: '0' })
  amount!: Decimal;

  /** The sum of the order's trades, always; more than `amount` only when the exchange overfilled. */
  @Amount({ min: '0' })
  filledAmount: Decimal = new Decimal(0);

  @Amount({ min: '0', nullable: true })
  averagePrice: Decimal | null = null;

  @Amount({ min: '0' })
  cost: Decimal = new Decimal(0);

  /** Value of all fees in quote currency; negative when rebates outweigh them. */
  @Amount()
  fee: Decimal = new Decimal(0);

  @OneOf(OrderStatus)
  status: OrderStatus = OrderStatus.INTENT;

  /** Made from the signal before sending, so that the order can be found again whatever happened to the answer. */
  @Text({ min: 1, max: 64 })
  @Unique()
  clientOrderId!: string;

  @Text({ max: 120, nullable: true })
  exchangeOrderId: string | null = null;

  /** Bot, candle time, leg and attempt: the same signal can make an order once. Null for an order that a person placed. */
  @Text({ max: 200, nullable: true })
  signalKey: string | null = null;

  /** Which try at the signal, from 1. */
  @Whole({ min: 1 })
  attempt: number = 1;

  /** Lease token of the bot's runner that wrote the intent. */
  @Large({ min: 0, nullable: true })
  fencingToken: number | null = null;

  @Flag()
  reduceOnly: boolean = false;

  @Flag()
  isPaper!: boolean;

  /** Why an order that closes a position was made. */
  @OneOf(ExitReason, { nullable: true })
  exitReason: ExitReason | null = null;

  @Text({ max: 2000, nullable: true })
  rejectReason: string | null = null;

  /** When it was handed to the exchange. */
  @Moment({ nullable: true })
  submittedAt: Date | null = null;

  /** When the exchange first said that it has it. */
  @Moment({ nullable: true })
  acceptedAt: Date | null = null;

  /** Time of the last fill. */
  @Moment({ nullable: true })
  executedAt: Date | null = null;

  @Moment({ nullable: true })
  cancelRequestedAt: Date | null = null;

  @OneOf(CancelOutcome)
  cancelOutcome: CancelOutcome = CancelOutcome.NONE;

  @Moment({ nullable: true })
  canceledAt: Date | null = null;

  /** Successful look-ups that did not find an order of unknown fate; a transport error is none. */
  @Whole({ min: 0 })
  lookupMisses: number = 0;

  @Moment({ nullable: true })
  lastLookupAt: Date | null = null;
}
