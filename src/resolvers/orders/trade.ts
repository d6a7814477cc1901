import { Field, ObjectType } from 'type-graphql';
import type { TradeView } from '../../services/orders/views.ts';
import { Liquidity, OrderSide, OrderType } from '../../trading/order.ts';
import { connectionOf } from '../connection.ts';
import '../enums.ts';
import { toGlobalId } from '../ids.ts';
import { Node } from '../node.ts';
import { DateTimeScalar, DecimalScalar } from '../scalars.ts';

@ObjectType({ implements: Node, simpleResolvers: true, description: 'One execution of one order; it never changes.' })
export class Trade extends Node {
  @Field(() => String, { description: 'Market, such as "BTC/USDT".' })
  symbol!: string;

  @Field(() => OrderSide, { description: 'Direction.' })
  side!: OrderSide;

  @Field(() => OrderType, { description: 'Type of its order.' })
  type!: OrderType;

  @Field(() => DecimalScalar, { description: 'In the quote currency.' })
  price!: string;

  @Field(() => DecimalScalar, { description: 'In the base currency.' })
  amount!: string;

  @Field(() => DecimalScalar, { description: 'Price times amount, in the quote currency.' })
  cost!: string;

  @Field(() => DecimalScalar, { description: 'In `feeCurrency`; negative for a rebate.' })
  fee!: string;

  @Field(() => String, { description: 'What the fee was paid in.' })
  feeCurrency!: string;

  @Field(() => DecimalScalar, { description: 'Profit that it realised before fees, in the quote currency; zero when it opened.' })
  pnl!: string;

  @Field(() => DecimalScalar, {
    description: 'Profit that it realised after its share of the entry fees and its own, in the quote currency.',
  })
  realizedPnl!: string;

  @Field(() => Liquidity, { description: 'Maker or taker.' })
  liquidity!: Liquidity;

  @Field(() => Boolean, { description: 'Whether it was simulated.' })
  isPaper!: boolean;

  @Field(() => String, { description: "The exchange's name for it." })
  exchangeTradeId!: string;

  @Field(() => DateTimeScalar, { description: 'When it happened.' })
  executedAt!: string;

  /** The row's id, and those of the rows it belongs to: for field resolvers, not in the schema. */
  view!: TradeView;
}

export const TradeConnection = connectionOf(Trade, 'Trade', 'trades');
export type TradeConnection = InstanceType<typeof TradeConnection>;

export function tradeOf(view: TradeView): Trade {
  const trade = new Trade();
  Object.assign(trade, view, { id: toGlobalId('trd', view.id), view });
  return trade;
}
