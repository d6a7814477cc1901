import { Field, Int, ObjectType } from 'type-graphql';
import type { PositionView } from '../../services/orders/views.ts';
import { MarketType, PositionSide } from '../../trading/position.ts';
import { connectionOf } from '../connection.ts';
import '../enums.ts';
import { toGlobalId } from '../ids.ts';
import { Node } from '../node.ts';
import { DateTimeScalar, DecimalScalar } from '../scalars.ts';

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description:
    'What is held; always the sum of its trades, less the dust that was written off at its end and the funding that was paid. At most one is open per bot and market.',
})
export class Position extends Node {
  @Field(() => Int, { description: 'Grows by one with each change.' })
  version!: number;

  @Field(() => DateTimeScalar, { description: 'When its row was written.' })
  createdAt!: string;

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: string;

  @Field(() => String, { description: 'Market, such as "BTC/USDT".' })
  symbol!: string;

  @Field(() => MarketType, { description: 'Kind of market.' })
  marketType!: MarketType;

  @Field(() => PositionSide, { description: 'Which way it gains.' })
  side!: PositionSide;

  @Field(() => DecimalScalar, { description: 'In the base currency; zero once closed.' })
  quantity!: string;

  @Field(() => DecimalScalar, { description: 'Average, in the quote currency.' })
  entryPrice!: string;

  @Field(() => DecimalScalar, { description: 'Last price it was valued at, in the quote currency.' })
  currentPrice!: string;

  @Field(() => DecimalScalar, { description: 'Profit at `currentPrice`, in the quote currency.' })
  unrealizedPnl!: string;

  @Field(() => DecimalScalar, { description: 'Profit already taken, after fees and funding, in the quote currency.' })
  realizedPnl!: string;

  @Field(() => DecimalScalar, { description: 'Funding paid while it was held, in the quote currency; negative: received.' })
  funding!: string;

  @Field(() => DecimalScalar, {
    nullable: true,
    description:
      'In the base currency: less than a step that was left at its end, because the exchange took a fee in the asset, and that no order can sell. ' +
      'Its cost is a loss in `realizedPnl`; it stays in the account and belongs to no bot.',
  })
  dust!: string | null;

  @Field(() => DecimalScalar, { description: '1 on spot.' })
  leverage!: string;

  @Field(() => DecimalScalar, { nullable: true, description: 'Where the exchange would close it, in the quote currency.' })
  liquidationPrice!: string | null;

  @Field(() => Boolean, { description: 'Whether it is still held.' })
  isOpen!: boolean;

  @Field(() => DateTimeScalar, { description: 'When the first trade opened it.' })
  openedAt!: string;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the last one closed it.' })
  closedAt!: string | null;

  /** The row's id, and those of the rows it belongs to: for field resolvers, not in the schema. */
  view!: PositionView;
}

export const PositionConnection = connectionOf(Position, 'Position', 'positions');
export type PositionConnection = InstanceType<typeof PositionConnection>;

export function positionOf(view: PositionView): Position {
  const position = new Position();
  Object.assign(position, view, { id: toGlobalId('pos', view.id), view });
  return position;
}
