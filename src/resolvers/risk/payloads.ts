import { Field, ID, ObjectType } from 'type-graphql';
import { MutationPayload } from '../payload.ts';
import { KillSwitchDrill } from './drill-types.ts';
import { KillSwitch, RiskLimit } from './types.ts';

@ObjectType({ description: 'A risk limit as it has become.' })
abstract class RiskLimitPayload extends MutationPayload {
  @Field(() => RiskLimit, { nullable: true, description: 'The limit; null when there are errors.' })
  riskLimit?: RiskLimit | null;
}

@ObjectType({ description: 'The new limit.' })
export class CreateRiskLimitPayload extends RiskLimitPayload {}

@ObjectType({ description: 'The changed limit.' })
export class UpdateRiskLimitPayload extends RiskLimitPayload {}

@ObjectType({ description: 'The limit, which halts nothing any more.' })
export class ReleaseRiskLimitPayload extends RiskLimitPayload {}

@ObjectType({ description: 'The limit that is gone.' })
export class DeleteRiskLimitPayload extends MutationPayload {
  @Field(() => ID, { nullable: true, description: 'The id that it had.' })
  deletedId?: string | null;
}

@ObjectType({ description: 'The kill switch that stands now.' })
export class ActivateKillSwitchPayload extends MutationPayload {
  @Field(() => KillSwitch, { nullable: true, description: 'The switch; null when there are errors.' })
  killSwitch?: KillSwitch | null;
}

@ObjectType({ description: 'The kill switch that stood.' })
export class ReleaseKillSwitchPayload extends MutationPayload {
  @Field(() => KillSwitch, { nullable: true, description: 'The switch; null when there are errors.' })
  killSwitch?: KillSwitch | null;
}

@ObjectType({ description: 'What a drill of the kill switch has shown.' })
export class DrillKillSwitchPayload extends MutationPayload {
  @Field(() => KillSwitchDrill, { nullable: true, description: 'The drill; null when there are errors.' })
  drill?: KillSwitchDrill | null;
}
