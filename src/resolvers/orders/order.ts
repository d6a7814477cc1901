import { Field, Int, ObjectType } from 'type-graphql';
import { CancelOutcome } from '../../entities/trading/Order.ts';
import type { OrderView } from '../../services/orders/views.ts';
import { OrderSide, OrderStatus, OrderType, TimeInForce } from '../../trading/order.ts';
import { ExitReason } from '../../trading/position.ts';
import { connectionOf } from '../connection.ts';
import { describeEnum } from '../enums.ts';
import { toGlobalId } from '../ids.ts';
import { Node } from '../node.ts';
import { DateTimeScalar, DecimalScalar } from '../scalars.ts';

describeEnum(
  CancelOutcome,
  'CancelOutcome',
  'How a request to take an order back stands. It is no state of the order: a fill can win the race.',
  {
    NONE: 'Nobody has asked, or it has come to its end.',
    PENDING: 'The exchange was asked.',
    UNKNOWN: 'The exchange was asked and did not answer; the order is looked up.',
    REFUSED: 'The exchange refused: the order stays.',
  },
);

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: 'An order. `filledAmount` is the sum of its trades; filled plus remaining is always the amount.',
})
export class Order extends Node {
  @Field(() => Int, { description: 'Grows by one with each change: the higher one wins, whatever order they arrive in.' })
  version!: number;

  @Field(() => DateTimeScalar, { description: 'When its intent was written down.' })
  createdAt!: string;

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: string;

  @Field(() => String, { description: 'Market, such as "BTC/USDT".' })
  symbol!: string;

  @Field(() => OrderSide, { description: 'Direction.' })
  side!: OrderSide;

  @Field(() => OrderType, { description: 'How it is filled.' })
  type!: OrderType;

  @Field(() => TimeInForce, { description: 'How long it waits.' })
  timeInForce!: TimeInForce;

  @Field(() => OrderStatus, { description: 'Where it stands.' })
  status!: OrderStatus;

  @Field(() => DecimalScalar, { nullable: true, description: 'Limit price, in the quote currency.' })
  price!: string | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Trigger price, in the quote currency.' })
  stopPrice!: string | null;

  @Field(() => DecimalScalar, { description: 'In the base currency.' })
  amount!: string;

  @Field(() => DecimalScalar, { description: 'Sum of its trades, in the base currency.' })
  filledAmount!: string;

  @Field(() => DecimalScalar, { description: 'What is not filled, in the base currency.' })
  remainingAmount!: string;

  @Field(() => DecimalScalar, { nullable: true, description: 'Average price of its trades, in the quote currency.' })
  averagePrice!: string | null;

  @Field(() => DecimalScalar, { description: 'Sum of price times amount of its trades, in the quote currency.' })
  cost!: string;

  @Field(() => DecimalScalar, { description: "Sum of its trades' fees, in the quote currency." })
  fee!: string;

  @Field(() => String, { description: 'Our name for it, at the exchange too; never used twice.' })
  clientOrderId!: string;

  @Field(() => String, { nullable: true, description: "The exchange's name for it." })
  exchangeOrderId!: string | null;

  @Field(() => Boolean, { description: 'Whether it may only make a position smaller.' })
  reduceOnly!: boolean;

  @Field(() => Boolean, { description: 'Whether its fills are simulated.' })
  isPaper!: boolean;

  @Field(() => ExitReason, { nullable: true, description: 'Why it closes a position; null for an entry.' })
  exitReason!: ExitReason | null;

  @Field(() => String, { nullable: true, description: 'Why it was refused.' })
  rejectReason!: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was handed to the exchange.' })
  submittedAt!: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When its last trade happened.' })
  executedAt!: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When taking it back was asked for; a fill may still win the race.',
  })
  cancelRequestedAt!: string | null;

  @Field(() => CancelOutcome, { description: 'How a request to take it back stands.' })
  cancelOutcome!: CancelOutcome;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was taken back.' })
  canceledAt!: string | null;

  /** The row's id, and those of the rows it belongs to: for field resolvers, not in the schema. */
  view!: OrderView;
}

export const OrderConnection = connectionOf(Order, 'Order', 'orders');
export type OrderConnection = InstanceType<typeof OrderConnection>;

export function orderOf(view: OrderView): Order {
  const order = new Order();
  Object.assign(order, view, { id: toGlobalId('ord', view.id), view });
  return order;
}
