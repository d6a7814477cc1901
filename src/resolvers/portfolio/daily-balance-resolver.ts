import { Args, ArgsType, Ctx, Field, ID, Int, ObjectType, Query, Resolver } from 'type-graphql';
import type { DailyBalances } from '../../services/portfolio/daily-balances.ts';
import { type RequestContext, viewerOf } from '../context.ts';
import { fromGlobalId } from '../ids.ts';
import { DateTimeScalar, DecimalScalar } from '../scalars.ts';

@ObjectType({ simpleResolvers: true, description: 'What a bot was worth at the end of one UTC day.' })
export class DailyBalance {
  @Field(() => String, { description: 'The day: "2024-03-31". A candle that closes at midnight is the end of the day before.' })
  day!: string;

  @Field(() => String, { description: 'The quote currency that it is told in.' })
  asset!: string;

  @Field(() => DecimalScalar, {
    description: 'Capital with the open position at the last close of the day; of today, at the last close so far.',
  })
  balance!: string;

  @Field(() => DecimalScalar, {
    nullable: true,
    description:
      "Change since the day before that is known, or since the bot's initial capital; null when that is not known any more.",
  })
  profit!: string | null;

  @Field(() => DecimalScalar, { nullable: true, description: '`profit` in percent of what the day began with.' })
  returnPercent!: string | null;
}

@ArgsType()
export class DailyBalanceArgs {
  @Field(() => ID, { description: 'A bot_ id.' })
  botId!: string;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Days that begin at or after this.' })
  from?: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Days that begin before this.' })
  to?: Date;

  @Field(() => Int, { defaultValue: 90, description: 'The newest so many of them: 1 to 1,000.' })
  limit!: number;
}

/** Bots day by day. */
@Resolver()
export class DailyBalanceResolver {
  readonly #balances: DailyBalances;

  constructor(balances: DailyBalances) {
    this.#balances = balances;
  }

  @Query(() => [DailyBalance], {
    description:
      'What a bot was worth day by day, oldest first, with daily returns; also of a bot that was deleted. Days on which it did not run are ' +
      'missing: the next one tells what has changed since.',
  })
  async dailyBalances(
    @Args(() => DailyBalanceArgs) { botId, ...days }: DailyBalanceArgs,
    @Ctx() context: RequestContext,
  ): Promise<DailyBalance[]> {
    const asked = { ...days, botId: fromGlobalId('bot', botId, ['botId']) };
    return (await this.#balances.of(viewerOf(context), asked)).map((view) => Object.assign(new DailyBalance(), view));
  }
}
