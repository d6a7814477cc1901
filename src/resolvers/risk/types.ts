import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { KillSwitchView, RefusedOrderView, RiskLimitView } from '../../services/risk/views.ts';
import { OrderSide, OrderType } from '../../trading/order.ts';
import { RiskRule } from '../../trading/risk.ts';
import { RiskAction, RiskLimitType } from '../../trading/risk-limits.ts';
import { connectionOf } from '../connection.ts';
import { describeEnum } from '../enums.ts';
import { toGlobalId } from '../ids.ts';
import { Node } from '../node.ts';
import { DateTimeScalar, DecimalScalar } from '../scalars.ts';

const limitTypes = {
  MAX_POSITION_VALUE: 'Value of one position, entries under way included, in the quote currency.',
  MAX_EXPOSURE: 'Value of all positions that it covers together, entries under way included, in the quote currency.',
  MAX_DAILY_LOSS: 'Loss since the UTC day began, open positions included, in the quote currency. Reached, it halts.',
  MAX_DRAWDOWN: 'Fall from the best result so far, open positions included, in percent of the capital. Reached, it halts.',
  MAX_OPEN_ORDERS: 'Orders open at once, stops and targets included.',
  MAX_ORDERS_PER_MINUTE: 'Entries handed to the exchange within a minute.',
  MAX_DAILY_TRADES: 'Entries per UTC day.',
  MAX_LEVERAGE: 'Position value over margin.',
  COOLDOWN_AFTER_EXIT: 'Seconds without an entry after a round trip has ended.',
  STOP_LOSS_GUARD: 'Round trips in a row that end at their stops. Reached, it halts, and pauses the bot.',
  SYMBOL_LOCK: 'No entries on a market. It has no value.',
};

describeEnum(RiskLimitType, 'RiskLimitType', 'What a risk limit bounds, and the unit of its value.', limitTypes);
describeEnum(RiskAction, 'RiskAction', 'What a halt does; each does what stands before it, too.', {
  BLOCK_ENTRIES: 'Nothing new is entered; positions are looked after.',
  CANCEL_ORDERS: 'Entries on their way are taken back; stops and targets stay.',
  FLATTEN: 'Positions are closed at the market.',
});
describeEnum(RiskRule, 'RiskRule', 'Which rule an order broke.', {
  ...limitTypes,
  AMOUNT: 'The amount must be above 0.',
  STEP_SIZE: "The amount must be a multiple of the market's step.",
  MIN_NOTIONAL: 'The order is worth less than the market takes.',
  REDUCE_ONLY: 'It would close more than is held.',
  LONG_ONLY: 'Nothing can be sold short on a spot market.',
  AVAILABLE_CAPITAL: 'It needs more than is free.',
  DAILY_TARGET: "The bot's target of the day is reached.",
  WALLET_FUNDS: 'The wallet that the account trades from has too little for it, and the funding wallet could not help.',
  KILL_SWITCH: 'A kill switch stands over the bot.',
});

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description:
    'A bound that is looked at before every entry, paper or live. It covers whatever matches all of its references; paper and live money, and each quote currency, are measured apart.',
})
export class RiskLimit extends Node {
  @Field(() => Int, { description: 'Grows with every change: the higher wins, whatever order they arrive in.' })
  version!: number;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: Date;

  @Field(() => RiskLimitType, { description: 'What it bounds.' })
  type!: RiskLimitType;

  @Field(() => RiskAction, { description: 'What it does where it halts.' })
  action!: RiskAction;

  @Field(() => DecimalScalar, { description: 'How much, in the unit of its type.' })
  value!: string;

  @Field(() => Int, { nullable: true, description: 'How far back a STOP_LOSS_GUARD looks; null: for ever.' })
  windowSeconds!: number | null;

  @Field(() => Boolean, { description: 'Whether it is looked at.' })
  isActive!: boolean;

  @Field(() => String, { nullable: true, description: 'The market that it covers, such as "BTC/USDT"; null: all.' })
  symbol!: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Since when it halts; null while it does not.' })
  latchedAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'Why it halts.' })
  latchReason!: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was last released.' })
  releasedAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'Why it was released.' })
  releaseReason!: string | null;

  /** For field resolvers; not in the schema. */
  view!: RiskLimitView;
}

@ObjectType({ simpleResolvers: true, description: 'One reason why an order was not made.' })
export class RiskRefusal {
  @Field(() => RiskRule, { description: 'Which rule it broke.' })
  rule!: RiskRule;

  @Field(() => String, { description: 'A sentence for a person: the thing, the limit and the value.' })
  message!: string;

  @Field(() => DecimalScalar, { description: 'The limit.' })
  limit!: string;

  @Field(() => DecimalScalar, { description: 'What would have been reached.' })
  value!: string;

  @Field(() => ID, { nullable: true, description: "A lim_ id: the risk limit, where it is not one of the bot's own rules." })
  limitId!: string | null;
}

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: 'An entry that was wanted and not made, because limits forbade it.',
})
export class RefusedOrder extends Node {
  @Field(() => DateTimeScalar, { description: 'When it was refused.' })
  createdAt!: Date;

  @Field(() => String, { description: 'Market, such as "BTC/USDT".' })
  symbol!: string;

  @Field(() => OrderSide, { description: 'Direction.' })
  side!: OrderSide;

  @Field(() => OrderType, { description: 'How it would have been filled.' })
  type!: OrderType;

  @Field(() => DecimalScalar, { description: 'In the base currency.' })
  amount!: string;

  @Field(() => DecimalScalar, { description: 'What it was valued at, in the quote currency.' })
  price!: string;

  @Field(() => Boolean, { description: 'Whether it would have been simulated.' })
  isPaper!: boolean;

  @Field(() => [RiskRefusal], { description: 'All the reasons.' })
  refusals!: RiskRefusal[];

  /** For field resolvers; not in the schema. */
  view!: RefusedOrderView;
}

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: 'A halt that a person has called, over all bots or one. It stands until it is released, whatever restarts.',
})
export class KillSwitch extends Node {
  @Field(() => Int, { description: 'Grows with every change: the higher wins, whatever order they arrive in.' })
  version!: number;

  @Field(() => RiskAction, { description: 'What it does.' })
  mode!: RiskAction;

  @Field(() => String, { description: 'Why it was called.' })
  reason!: string;

  @Field(() => Boolean, { description: 'Whether it is a drill, which releases itself.' })
  isDrill!: boolean;

  @Field(() => DateTimeScalar, { description: 'When it was called, or made sharper.' })
  activatedAt!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was released; null while it stands.' })
  releasedAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'Why it was released.' })
  releaseReason!: string | null;

  /** For field resolvers; not in the schema. */
  view!: KillSwitchView;
}

export const RiskLimitConnection = connectionOf(RiskLimit, 'RiskLimit', 'risk limits');
export type RiskLimitConnection = InstanceType<typeof RiskLimitConnection>;
export const RefusedOrderConnection = connectionOf(RefusedOrder, 'RefusedOrder', 'refused orders');
export type RefusedOrderConnection = InstanceType<typeof RefusedOrderConnection>;
export const KillSwitchConnection = connectionOf(KillSwitch, 'KillSwitch', 'kill switches');
export type KillSwitchConnection = InstanceType<typeof KillSwitchConnection>;

export function riskLimitOf(view: RiskLimitView): RiskLimit {
  return Object.assign(new RiskLimit(), view, { id: toGlobalId('lim', view.id), view });
}

export function refusedOrderOf(view: RefusedOrderView): RefusedOrder {
  const refusals = view.refusals.map((refusal) => ({
    ...refusal,
    limitId: refusal.limitId === undefined ? null : toGlobalId('lim', refusal.limitId),
  }));
  return Object.assign(new RefusedOrder(), view, { id: toGlobalId('ref', view.id), refusals, view });
}

export function killSwitchOf(view: KillSwitchView): KillSwitch {
  return Object.assign(new KillSwitch(), view, { id: toGlobalId('kill', view.id), view });
}
