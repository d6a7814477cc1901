import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { LookAheadFindings } from '../../services/strategies/look-ahead-task.ts';
import { AskedAs, LookAheadKind } from '../../trading/look-ahead.ts';
import { Timeframe } from '../../trading/timeframe.ts';
import { describeEnum } from '../enums.ts';
import { CandleGap } from '../market-data/types.ts';
import { MarketRef } from '../market-data/market-ref.ts';
import { MutationPayload } from '../payload.ts';
import { DateTimeScalar, JsonObjectScalar } from '../scalars.ts';

describeEnum(
  LookAheadKind,
  'LookAheadKind',
  'What is wrong with a strategy that fails the look-ahead check. Values may be added.',
  {
    FUTURE: 'With later candles in sight it answers, or an indicator computes, something else.',
    MEMORY: 'Its answer depends on which candles it was asked about before: a restarted bot would decide otherwise.',
    UNWRITTEN: 'It leaves a signal or a value unwritten: what stood there before counts.',
    UNREPEATABLE: 'The same candles gave another answer the second time: it is random, or remembers earlier runs.',
    INPUT_CHANGED: 'It writes into the candles or the indicator columns.',
    LIVE: 'A bot, which is given one candle at a time, would decide or compute something else than a backtest.',
  },
);
describeEnum(AskedAs, 'LookAheadPosition', 'Which position a strategy was asked about.', {
  FLAT: 'None.',
  LONG: 'A long one.',
  SHORT: 'A short one.',
});

@InputType({ description: 'A strategy, by exactly one of strategyId, builtIn and plugin, and the candles to check it on.' })
export class CheckStrategyLookAheadInput {
  @Field(() => ID, { nullable: true, description: 'A str_ id.' })
  strategyId?: string | null;

  @Field(() => String, { nullable: true, description: 'Name of a built-in strategy.' })
  builtIn?: string | null;

  @Field(() => String, { nullable: true, description: 'Name of a plugin.' })
  plugin?: string | null;

  @Field(() => MarketRef, { description: 'Which market.' })
  market!: MarketRef;

  @Field(() => Timeframe, { description: 'Length of its candles.' })
  timeframe!: Timeframe;

  @Field(() => DateTimeScalar, { description: 'Candles that open at or after this.' })
  from!: Date;

  @Field(() => DateTimeScalar, { description: 'Candles that open before this; at most 20,000 candle lengths later.' })
  to!: Date;

  @Field(() => JsonObjectScalar, { nullable: true, description: "Overrides of the strategy's parameters." })
  parameters?: Record<string, unknown> | null;
}

@ObjectType({ simpleResolvers: true, description: 'One place where a strategy gave two answers to one question.' })
export class LookAheadDifference {
  @Field(() => LookAheadKind, { description: 'What is wrong.' })
  kind!: LookAheadKind;

  @Field(() => DateTimeScalar, { description: 'Open time of the candle.' })
  openTime!: Date;

  @Field(() => String, {
    nullable: true,
    description: 'Name of the indicator or candle column that differs; null when the answer itself does.',
  })
  indicator!: string | null;

  @Field(() => AskedAs, { nullable: true, description: 'Where the strategy decides candle by candle: about which position.' })
  position!: AskedAs | null;

  @Field(() => String, {
    description: 'The answer on the whole series: signals or decision with the levels asked for, or the value of the indicator.',
  })
  expected!: string;

  @Field(() => String, { description: 'The answer that should have been the same.' })
  actual!: string;
}

@ObjectType({ simpleResolvers: true, description: 'What a look-ahead check found. A pass is evidence, no proof.' })
export class LookAheadReport {
  @Field(() => Boolean, { description: 'True when nothing was found.' })
  passed!: boolean;

  @Field(() => Int, { description: 'Candles that were checked.' })
  candles!: number;

  @Field(() => DateTimeScalar, { description: 'Open time of the first of them.' })
  from!: Date;

  @Field(() => DateTimeScalar, { description: 'Open time of the last of them.' })
  to!: Date;

  @Field(() => [CandleGap], {
    description: 'The first gaps between them. They are never filled, so a check sees what a backtest sees.',
  })
  gaps!: readonly CandleGap[];

  @Field(() => Int, { description: 'Candles missing in all gaps.' })
  missingCandles!: number;

  @Field(() => Int, { description: 'Candles for which there was a decision to compare.' })
  decisions!: number;

  @Field(() => Int, {
    description: 'Candles after which the series was cut off and the strategy run anew; 0 when it failed before that.',
  })
  cutPoints!: number;

  @Field(() => [LookAheadDifference], {
    description: 'The first differences, at most five of each sort and 20 in all, in order of time.',
  })
  differences!: LookAheadDifference[];

  @Field(() => Int, { description: 'All that were found.' })
  differenceCount!: number;
}

@ObjectType({ description: 'What the check found.' })
export class CheckStrategyLookAheadPayload extends MutationPayload {
  @Field(() => LookAheadReport, { nullable: true, description: 'The report; null when there are errors.' })
  report?: LookAheadReport | null;
}

export function lookAheadReportOf({ from, to, differences, missing, ...same }: LookAheadFindings): LookAheadReport {
  return Object.assign(new LookAheadReport(), same, {
    missingCandles: missing,
    from: new Date(from),
    to: new Date(to),
    differences: differences.map(({ openTime, ...difference }) =>
      Object.assign(new LookAheadDifference(), difference, { openTime: new Date(openTime) }),
    ),
  });
}
