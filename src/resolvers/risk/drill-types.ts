import { Field, Int, ObjectType } from 'type-graphql';
import type { DrilledBot } from '../../services/bots/kill-switch-drill.ts';
import { RiskAction } from '../../trading/risk-limits.ts';
import { DateTimeScalar } from '../scalars.ts';

@ObjectType({ simpleResolvers: true, description: 'One thing that a kill switch does, as a drill saw it.' })
export class KillSwitchDrillStep {
  @Field(() => RiskAction, { description: 'What was done.' })
  action!: RiskAction;

  @Field(() => Int, {
    nullable: true,
    description: 'Milliseconds since the drill was called, on real time; null when it was not done before the drill ended.',
  })
  milliseconds!: number | null;

  @Field(() => Int, {
    description:
      'BLOCK_ENTRIES: entries refused since; CANCEL_ORDERS: open orders ended, filled ones too; FLATTEN: positions closed.',
  })
  count!: number;
}

@ObjectType({ simpleResolvers: true, description: 'A PAPER bot in a drill of the kill switch.' })
export class KillSwitchDrillBot {
  @Field(() => [KillSwitchDrillStep], { description: 'What was done to it, in the order of the actions.' })
  steps!: readonly KillSwitchDrillStep[];

  /** For field resolvers; not in the schema. */
  botId!: string;
}

@ObjectType({
  simpleResolvers: true,
  description: 'A call of the kill switch on PAPER, to see that it works. Its switches are released again.',
})
export class KillSwitchDrill {
  @Field(() => DateTimeScalar, { description: 'When it was called.' })
  startedAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When everything was released.' })
  endedAt!: Date;

  @Field(() => Boolean, { description: 'Whether every bot was flat, with no open order, before the drill ended.' })
  isPassed!: boolean;

  @Field(() => [KillSwitchDrillBot], { description: 'The bots, oldest first.' })
  bots!: readonly KillSwitchDrillBot[];
}

export function drillBotOf(bot: DrilledBot): KillSwitchDrillBot {
  return Object.assign(new KillSwitchDrillBot(), bot);
}
