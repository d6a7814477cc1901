import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';
import { MoveDirection, PnlMeasure, PriceDirection, Side, type WarningLevel } from '../../services/alerts/conditions.ts';
import type { Decimal } from '../../trading/money.ts';
import { Timeframe } from '../../trading/timeframe.ts';
import { PageArgs } from '../connection.ts';
import { describeEnum } from '../enums.ts';
import { MarketRef } from '../market-data/market-ref.ts';
import { DecimalScalar } from '../scalars.ts';
import { RuleCondition } from '../strategies/rules-inputs.ts';
import './types.ts';

describeEnum(PriceDirection, 'PriceDirection', 'Which side of a price is waited for.', {
  ABOVE: 'At or above it; also when it is there already.',
  BELOW: 'At or below it; also when it is there already.',
  CROSSES: 'The other one than it is on, in either direction.',
});
describeEnum(MoveDirection, 'MoveDirection', 'Which way a price moves.', {
  RISE: 'Up from the lowest price of the window.',
  FALL: 'Down from the highest price of the window.',
  EITHER: 'Up or down.',
});
describeEnum(PnlMeasure, 'PnlMeasure', 'Which profit of a bot is meant.', {
  POSITION: 'Of its position since that was opened, realized and not.',
  DAY: 'Realized on the UTC day.',
});
describeEnum(Side, 'AmountDirection', 'Which side of an amount is waited for.', {
  ABOVE: 'At or above it.',
  BELOW: 'At or below it.',
});
const WarningLevels = { WARN: 'WARN', ERROR: 'ERROR' } as const satisfies Record<WarningLevel, WarningLevel>;
describeEnum(WarningLevels, 'WarningLevel', 'How much a line of the log must matter.', {
  WARN: 'Warnings and errors.',
  ERROR: 'Errors.',
});

const ofMarket = { description: 'Of which market; its live candles of one minute are looked at.' };
const ofBot = { description: 'A bot_ id: of which bot.' };
const ofBotOrAll = { nullable: true, description: 'A bot_ id: only of this bot.' } as const;

@InputType({ description: 'A price is reached or crossed. Also what happens between two looks counts: a spike is not missed.' })
export class PriceAlertInput {
  @Field(() => MarketRef, ofMarket)
  market!: MarketRef;

  @Field(() => PriceDirection, { description: 'Which side of it is waited for.' })
  direction!: PriceDirection;

  @Field(() => DecimalScalar, { description: 'The price, in the quote asset: above 0.' })
  price!: Decimal;
}

@InputType({ description: 'A price has moved by so many percent from its lowest or highest of the last so many seconds.' })
export class MoveAlertInput {
  @Field(() => MarketRef, ofMarket)
  market!: MarketRef;

  @Field(() => MoveDirection, { nullable: true, description: 'Which way; EITHER when left out.' })
  direction?: MoveDirection | null;

  @Field(() => DecimalScalar, { description: 'How far, in percent: above 0, at most 1000 (100 for a FALL).' })
  percent!: Decimal;

  @Field(() => Int, { description: 'Within how many seconds: 60 to 86400; counted in whole minutes.' })
  windowSeconds!: number;
}

@InputType({ description: 'A condition of rules becomes true at the close of a candle.' })
export class IndicatorAlertInput {
  @Field(() => MarketRef, { description: 'Of which market.' })
  market!: MarketRef;

  @Field(() => Timeframe, { description: 'On which candles.' })
  timeframe!: Timeframe;

  @Field(() => RuleCondition, { description: 'What must become true; parameters cannot be used.' })
  rule!: RuleCondition;
}

@InputType({ description: 'The profit of a bot, in quote currency.' })
export class PnlAlertInput {
  @Field(() => ID, ofBot)
  botId!: string;

  @Field(() => PnlMeasure, { nullable: true, description: 'Which profit; POSITION when left out.' })
  measure?: PnlMeasure | null;

  @Field(() => Side, { description: 'Which side of the amount.' })
  direction!: Side;

  @Field(() => DecimalScalar, { description: 'The amount; below 0 for a loss.' })
  amount!: Decimal;
}

@InputType({ description: 'The equity of a bot has fallen by so much from its highest since the alert was made.' })
export class DrawdownAlertInput {
  @Field(() => ID, ofBot)
  botId!: string;

  @Field(() => DecimalScalar, { description: 'In percent of the highest: above 0, at most 100.' })
  percent!: Decimal;
}

@InputType({ description: 'A bot fails: it goes into ERROR.' })
export class BotErrorAlertInput {
  @Field(() => ID, ofBotOrAll)
  botId?: string | null;
}

@InputType({ description: 'An order is executed, whole or in part.' })
export class OrderFilledAlertInput {
  @Field(() => ID, ofBotOrAll)
  botId?: string | null;
}

@InputType({
  description:
    'Your log has a warning or an error: refused entries, orders of unknown fate, executions after an end or beyond an amount, limits that halt, bad candles.',
})
export class WarningAlertInput {
  @Field(() => ID, ofBotOrAll)
  botId?: string | null;

  @Field(() => WarningLevels, { nullable: true, description: 'How much it must matter; WARN when left out.' })
  level?: WarningLevel | null;
}

/** `@oneOf`: exactly one field is given. */
@InputType({ description: 'What an alert waits for.' })
export class AlertConditionInput {
  @Field(() => PriceAlertInput, { nullable: true, description: 'A price.' })
  price?: PriceAlertInput | null;

  @Field(() => MoveAlertInput, { nullable: true, description: 'A move of a price.' })
  move?: MoveAlertInput | null;

  @Field(() => IndicatorAlertInput, { nullable: true, description: 'A condition on candles and indicators.' })
  indicator?: IndicatorAlertInput | null;

  @Field(() => PnlAlertInput, { nullable: true, description: 'The profit of a bot.' })
  pnl?: PnlAlertInput | null;

  @Field(() => DrawdownAlertInput, { nullable: true, description: 'The drawdown of a bot.' })
  drawdown?: DrawdownAlertInput | null;

  @Field(() => BotErrorAlertInput, { nullable: true, description: 'A bot that fails.' })
  botError?: BotErrorAlertInput | null;

  @Field(() => OrderFilledAlertInput, { nullable: true, description: 'An execution.' })
  orderFilled?: OrderFilledAlertInput | null;

  @Field(() => WarningAlertInput, { nullable: true, description: 'A line of the log.' })
  warning?: WarningAlertInput | null;
}

const version = { nullable: true, description: 'Refuse when it was changed since this version.' } as const;
const alertId = { description: 'An alr_ id.' };
const cooldown =
  'For so many seconds after a trigger it does not trigger again, 0 to 2678400. 60 when left out; 0 for `botError`, `orderFilled` and `warning`.';
const hysteresis =
  'How far the value must come back before it can trigger again: percent of the price for `price` (at most 50), percentage points for `move` and `drawdown`, quote currency for `pnl`; 0 when left out, and for the others.';

@InputType({ description: 'A new alert.' })
export class CreateAlertInput {
  @Field(() => String, { description: 'Its name: 1 to 120 characters.' })
  name!: string;

  @Field(() => AlertConditionInput, { description: 'What it waits for.' })
  condition!: AlertConditionInput;

  @Field(() => Int, { nullable: true, description: cooldown })
  cooldownSeconds?: number | null;

  @Field(() => DecimalScalar, { nullable: true, description: hysteresis })
  hysteresis?: Decimal | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it is looked at; true when left out.' })
  isActive?: boolean | null;
}

@InputType({
  description:
    'Changes of an alert. Absent: unchanged. Null: the default again. With another condition or hysteresis, and when it is switched on, it begins anew.',
})
export class AlertPatch {
  @Field(() => String, { nullable: true, description: 'Its name; cannot be cleared.' })
  name?: string | null;

  @Field(() => AlertConditionInput, { nullable: true, description: 'What it waits for, of any kind; null leaves it.' })
  condition?: AlertConditionInput | null;

  @Field(() => Int, { nullable: true, description: cooldown })
  cooldownSeconds?: number | null;

  @Field(() => DecimalScalar, { nullable: true, description: hysteresis })
  hysteresis?: Decimal | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it is looked at; null leaves it.' })
  isActive?: boolean | null;
}

@InputType({ description: 'Which alert to change, and how.' })
export class UpdateAlertInput {
  @Field(() => ID, alertId)
  id!: string;

  @Field(() => Int, version)
  expectedVersion?: number | null;

  @Field(() => AlertPatch, { description: 'What to change.' })
  patch!: AlertPatch;
}

@InputType({ description: 'Which alert to delete.' })
export class DeleteAlertInput {
  @Field(() => ID, alertId)
  id!: string;

  @Field(() => Int, version)
  expectedVersion?: number | null;
}

@ArgsType()
export class AlertTriggerArgs extends PageArgs {
  @Field(() => ID, { nullable: true, description: 'An alr_ id: only of this alert.' })
  alertId?: string | null;

  @Field(() => ID, { nullable: true, description: 'A bot_ id: only what was about this bot.' })
  botId?: string | null;
}
