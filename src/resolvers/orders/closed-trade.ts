import { Field, ObjectType } from 'type-graphql';
import type { ClosedTradeView } from '../../services/orders/views.ts';
import { ExitReason, PositionSide } from '../../trading/position.ts';
import { connectionOf } from '../connection.ts';
import '../enums.ts';
import { toGlobalId } from '../ids.ts';
import { Node } from '../node.ts';
import { DateTimeScalar, DecimalScalar } from '../scalars.ts';

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: 'One round trip, entry to exit; written when a position closes.',
})
export class ClosedTrade extends Node {
  @Field(() => String, { description: 'Name of the strategy then.' })
  strategyName!: string;

  @Field(() => String, { description: 'Market, such as "BTC/USDT".' })
  symbol!: string;

  @Field(() => PositionSide, { description: 'Which way it gained.' })
  side!: PositionSide;

  @Field(() => DecimalScalar, { description: 'In the base currency.' })
  quantity!: string;

  @Field(() => DecimalScalar, { description: 'Average, in the quote currency.' })
  entryPrice!: string;

  @Field(() => DecimalScalar, { description: 'Average, in the quote currency.' })
  exitPrice!: string;

  @Field(() => DecimalScalar, { description: 'Both sides, in the quote currency.' })
  fees!: string;

  @Field(() => DecimalScalar, { description: 'Funding paid while it was held, in the quote currency; negative: received.' })
  funding!: string;

  @Field(() => DecimalScalar, { description: 'Profit after fees and funding, in the quote currency.' })
  pnl!: string;

  @Field(() => DecimalScalar, { description: 'Profit in percent of the capital committed.' })
  pnlPercent!: string;

  @Field(() => DecimalScalar, { description: '1 on spot.' })
  leverage!: string;

  @Field(() => ExitReason, { description: 'Why it was closed.' })
  exitReason!: ExitReason;

  @Field(() => Boolean, { description: 'Whether it was simulated.' })
  isPaper!: boolean;

  @Field(() => DateTimeScalar, { description: 'When it was entered.' })
  openedAt!: string;

  @Field(() => DateTimeScalar, { description: 'When it was left.' })
  closedAt!: string;

  /** The row's id, and those of the rows it belongs to: for field resolvers, not in the schema. */
  view!: ClosedTradeView;
}

export const ClosedTradeConnection = connectionOf(ClosedTrade, 'ClosedTrade', 'closed trades');
export type ClosedTradeConnection = InstanceType<typeof ClosedTradeConnection>;

export function closedTradeOf(view: ClosedTradeView): ClosedTrade {
  const closedTrade = new ClosedTrade();
  Object.assign(closedTrade, view, { id: toGlobalId('ctd', view.id), view });
  return closedTrade;
}
