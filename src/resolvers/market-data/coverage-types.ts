import { Field, Int, ObjectType } from 'type-graphql';
import { FeedState } from '../../services/market-data/feed-health.ts';
import type { OpenFeed } from '../../services/market-data/feeds.ts';
import type { Coverage } from '../../services/market-data/market-data-service.ts';
import { Timeframe } from '../../trading/timeframe.ts';
import { describeEnum } from '../enums.ts';
import { DateTimeScalar } from '../scalars.ts';
import { CandleGap } from './types.ts';

describeEnum(FeedState, 'FeedState', 'How a live feed is.', {
  CONNECTING: 'It was opened, and nothing was heard yet.',
  LIVE: 'The exchange tells, and what it tells is stored.',
  DEGRADED: 'Something is wrong, and is being mended: the reason says what.',
  HALTED: 'The exchange has halted the market: nothing comes before it trades again, and then by itself.',
});

@ObjectType({ simpleResolvers: true, description: 'How much is stored of the candles of one length.' })
export class CandleCoverage {
  @Field(() => Timeframe, { description: 'Length of a candle.' })
  timeframe!: Timeframe;

  @Field(() => Int, { description: 'How many candles are stored.' })
  candles!: number;

  @Field(() => DateTimeScalar, { description: 'Open time of the first.' })
  from!: number;

  @Field(() => DateTimeScalar, { description: 'Open time of the last.' })
  to!: number;

  @Field(() => Int, { description: 'How many are missing between them.' })
  missing!: number;

  @Field(() => Int, { description: 'In how many gaps.' })
  gapCount!: number;

  @Field(() => [CandleGap], { description: 'Where they are missing; the first 100 gaps.' })
  gaps!: readonly CandleGap[];
}

export function coverageOf({ timeframe, count, from, to, gaps }: Coverage): CandleCoverage {
  const missing = { missing: gaps.missing, gapCount: gaps.count, gaps: gaps.gaps };
  return Object.assign(new CandleCoverage(), { timeframe, candles: count, from, to, ...missing });
}

@ObjectType({
  simpleResolvers: true,
  description: 'Live candles that somebody follows on this server, a bot or a subscriber: one stream for all of them.',
})
export class CandleFeed {
  @Field(() => Timeframe, { description: 'Length of a candle.' })
  timeframe!: Timeframe;

  @Field(() => FeedState, { description: 'How it is.' })
  state!: FeedState;

  @Field(() => String, { nullable: true, description: 'What is wrong, in a sentence; null unless it is degraded or halted.' })
  reason!: string | null;

  @Field(() => DateTimeScalar, { description: 'When the state or the reason last changed.' })
  since!: number;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the exchange last told anything; null before.' })
  lastNewsAt!: number | null;

  @Field(() => Int, { description: 'How many follow it.' })
  listeners!: number;
}

export function candleFeedOf({ timeframe, status, listeners }: OpenFeed): CandleFeed {
  return Object.assign(new CandleFeed(), { timeframe, ...status, listeners });
}
