import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';
import type { Decimal } from '../../trading/money.ts';
import { RiskAction, RiskLimitType } from '../../trading/risk-limits.ts';
import { PageArgs } from '../connection.ts';
import { DecimalScalar } from '../scalars.ts';
import './types.ts';

const version = { nullable: true, description: 'Refuse when it was changed since this version.' } as const;
const limitId = { description: 'A lim_ id.' };

@InputType({ description: 'A new risk limit. It covers whatever matches all of its references.' })
export class CreateRiskLimitInput {
  @Field(() => RiskLimitType, { description: 'What it bounds.' })
  type!: RiskLimitType;

  @Field(() => DecimalScalar, { nullable: true, description: 'How much, in the unit of its type; none for a SYMBOL_LOCK.' })
  value?: Decimal | null;

  @Field(() => RiskAction, {
    nullable: true,
    description: 'What it does where it halts; BLOCK_ENTRIES when left out, and for types that do not halt.',
  })
  action?: RiskAction | null;

  @Field(() => Int, { nullable: true, description: 'How far back a STOP_LOSS_GUARD looks; for ever when left out.' })
  windowSeconds?: number | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it is looked at; true when left out.' })
  isActive?: boolean | null;

  @Field(() => ID, { nullable: true, description: 'A bot_ id: only this bot.' })
  botId?: string | null;

  @Field(() => ID, { nullable: true, description: 'A str_ id: only bots with this strategy.' })
  strategyId?: string | null;

  @Field(() => String, { nullable: true, description: 'Name of an exchange: only bots there.' })
  exchange?: string | null;

  @Field(() => String, { nullable: true, description: 'Market, such as "BTC/USDT": only bots that trade it.' })
  symbol?: string | null;
}

@InputType({ description: 'Changes of a risk limit. Absent: unchanged. Null: cleared.' })
export class RiskLimitPatch {
  @Field(() => DecimalScalar, { nullable: true, description: 'How much, in the unit of its type.' })
  value?: Decimal | null;

  @Field(() => RiskAction, { nullable: true, description: 'What it does where it halts.' })
  action?: RiskAction | null;

  @Field(() => Int, { nullable: true, description: 'How far back a STOP_LOSS_GUARD looks; null: for ever.' })
  windowSeconds?: number | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it is looked at.' })
  isActive?: boolean | null;
}

@InputType({ description: 'Which limit to change, and how.' })
export class UpdateRiskLimitInput {
  @Field(() => ID, limitId)
  id!: string;

  @Field(() => Int, version)
  expectedVersion?: number | null;

  @Field(() => RiskLimitPatch, { description: 'What to change.' })
  patch!: RiskLimitPatch;
}

@InputType({ description: 'Which limit to let go.' })
export class ReleaseRiskLimitInput {
  @Field(() => ID, limitId)
  id!: string;

  @Field(() => String, { description: 'Why, for whoever reads it later.' })
  reason!: string;

  @Field(() => Int, version)
  expectedVersion?: number | null;
}

@InputType({ description: 'Which limit to delete.' })
export class DeleteRiskLimitInput {
  @Field(() => ID, limitId)
  id!: string;

  @Field(() => Int, version)
  expectedVersion?: number | null;
}

@InputType({ description: 'What to halt, how sharply, and why.' })
export class ActivateKillSwitchInput {
  @Field(() => RiskAction, { description: 'What it does.' })
  mode!: RiskAction;

  @Field(() => String, { description: 'Why, for whoever reads it later.' })
  reason!: string;

  @Field(() => ID, { nullable: true, description: 'A bot_ id: only this bot; all of your bots when left out.' })
  botId?: string | null;
}

@InputType({ description: 'Which PAPER bots to drill the kill switch on, and why.' })
export class DrillKillSwitchInput {
  @Field(() => String, { description: 'Why, for whoever reads it later.' })
  reason!: string;

  @Field(() => ID, { nullable: true, description: 'A bot_ id of a PAPER bot that runs; all of yours that do when left out.' })
  botId?: string | null;
}

@InputType({ description: 'What to let go on, and why.' })
export class ReleaseKillSwitchInput {
  @Field(() => String, { description: 'Why, for whoever reads it later.' })
  reason!: string;

  @Field(() => ID, { nullable: true, description: 'A bot_ id, where the switch was called for one bot.' })
  botId?: string | null;
}

@ArgsType()
export class RefusedOrderArgs extends PageArgs {
  @Field(() => ID, { nullable: true, description: 'A bot_ id: only those of one bot.' })
  botId?: string;
}
