import { Field, ID, Int, ObjectType } from 'type-graphql';
import { AlertType } from '../../entities/operations/Alert.ts';
import { alertText } from '../../services/alerts/condition-text.ts';
import type { AlertTriggerView, AlertView } from '../../services/alerts/views.ts';
import { connectionOf } from '../connection.ts';
import { describeEnum } from '../enums.ts';
import { toGlobalId } from '../ids.ts';
import { Node } from '../node.ts';
import { DateTimeScalar, DecimalScalar, JsonObjectScalar } from '../scalars.ts';
import { conditionInputOf } from './condition-shape.ts';

describeEnum(AlertType, 'AlertType', 'What an alert looks at.', {
  PRICE: 'A price: `price` and `move`.',
  INDICATOR: 'A condition of rules, on closed candles.',
  PNL: 'The profit of a bot.',
  DRAWDOWN: 'How far the equity of a bot is below its highest.',
  BOT_ERROR: 'Bots that fail.',
  ORDER_FILLED: 'Executions of the orders of bots.',
  WARNING: 'Lines of your log that are warnings or errors.',
});

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: 'Something that you want to be told about: `alertTriggered` tells it, `alertTriggers` has its history.',
})
export class Alert extends Node {
  @Field(() => Int, { description: 'Grows with each change of yours; pass it as `expectedVersion`. A trigger is no change.' })
  version!: number;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt!: Date | string;

  @Field(() => DateTimeScalar, { description: 'When it was last changed.' })
  updatedAt!: Date | string;

  @Field(() => String, { description: 'Its name.' })
  name!: string;

  @Field(() => AlertType, { description: 'What it looks at.' })
  type!: AlertType;

  @Field(() => JsonObjectScalar, { description: 'What it waits for, in the shape of AlertConditionInput.' })
  condition!: object;

  @Field(() => String, { description: 'The same in words: "the price is at or above 50000".' })
  conditionText!: string;

  @Field(() => Int, { description: 'For so many seconds after a trigger it does not trigger again.' })
  cooldownSeconds!: number;

  @Field(() => DecimalScalar, {
    description:
      'How far the value must come back before it can trigger again: percent of the price for `price`, percentage points for `move` and `drawdown`, quote currency for `pnl`.',
  })
  hysteresis!: string;

  @Field(() => Boolean, { description: 'Whether it is looked at.' })
  isActive!: boolean;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it last came true; null: never yet.' })
  triggeredAt!: Date | string | null;

  /** For field resolvers; not in the schema. */
  view!: AlertView;
}

export const AlertConnection = connectionOf(Alert, 'Alert', 'alerts');
export type AlertConnection = InstanceType<typeof AlertConnection>;

export function alertOf(view: AlertView): Alert {
  const { id, version, createdAt, updatedAt, name, type, cooldownSeconds, hysteresis, isActive, triggeredAt } = view;
  const fields = { version, createdAt, updatedAt, name, type, cooldownSeconds, hysteresis, isActive, triggeredAt };
  return Object.assign(new Alert(), fields, {
    id: toGlobalId('alr', id),
    condition: conditionInputOf(view),
    conditionText: alertText(view.condition),
    view,
  });
}

@ObjectType({ implements: Node, simpleResolvers: true, description: 'One time that an alert came true.' })
export class AlertTrigger extends Node {
  @Field(() => ID, { description: 'The alr_ id of the alert.' })
  alertId!: string;

  @Field(() => String, { description: 'A sentence for a person.' })
  message!: string;

  @Field(() => DecimalScalar, {
    nullable: true,
    description:
      'What was measured: a price, a percentage, an amount in quote currency, as the condition has it; null: nothing is.',
  })
  value!: string | null;

  @Field(() => Int, {
    description:
      'How often it had come true since the trigger before, and was held back because that was no longer ago than the cooldown.',
  })
  heldBack!: number;

  @Field(() => DateTimeScalar, { description: 'When it came true, by the clock of the market or of the event.' })
  occurredAt!: Date | string;

  @Field(() => DateTimeScalar, { description: 'When it was written down: later, where the server was away meanwhile.' })
  createdAt!: Date | string;

  /** For field resolvers; not in the schema. */
  view!: AlertTriggerView;
}

export const AlertTriggerConnection = connectionOf(AlertTrigger, 'AlertTrigger', 'triggers');
export type AlertTriggerConnection = InstanceType<typeof AlertTriggerConnection>;

export function alertTriggerOf(view: AlertTriggerView): AlertTrigger {
  const { id, alertId, message, value, heldBack, occurredAt, createdAt } = view;
  const fields = { message, value, heldBack, occurredAt, createdAt };
  return Object.assign(new AlertTrigger(), fields, { id: toGlobalId('alt', id), alertId: toGlobalId('alr', alertId), view });
}
