import { Field, Int, ObjectType } from 'type-graphql';
import type { CandleFetchView, FetchJobProgress } from '../../services/market-data/fetch-rows.ts';
import { Timeframe } from '../../trading/timeframe.ts';
import { Job } from '../backtests/job.ts';
import { connectionOf } from '../connection.ts';
import '../enums.ts';
import { toGlobalId } from '../ids.ts';
import { Node } from '../node.ts';
import { DateTimeScalar } from '../scalars.ts';

@ObjectType({ implements: [Node, Job], description: 'Past candles of a market, brought from its exchange in the background.' })
export class CandleFetch extends Job {
  @Field(() => String, { description: 'Base and quote asset: "BTC/USDT".' })
  symbol!: string;

  @Field(() => Timeframe, { description: 'Length of a candle.' })
  timeframe!: Timeframe;

  @Field(() => DateTimeScalar, { description: 'Open time of the first candle.' })
  from!: Date;

  @Field(() => DateTimeScalar, { description: 'Candles open before this.' })
  to!: Date;

  @Field(() => Boolean, { description: 'Whether the exchange is asked for candles that are stored already, too.' })
  refetch!: boolean;

  @Field(() => Int, { description: 'Candles that the exchange gave so far.' })
  fetched!: number;

  @Field(() => Int, { description: 'Candles that were stored already, and not asked for.' })
  known!: number;

  @Field(() => Int, { description: 'Candles that were new or had other values, so far.' })
  stored!: number;

  @Field(() => DateTimeScalar, { description: 'When it was asked for.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: Date;

  /** The row, for field resolvers; not in the schema. */
  view!: CandleFetchView;
}

export const CandleFetchConnection = connectionOf(CandleFetch, 'CandleFetch', 'fetches of candles');
export type CandleFetchConnection = InstanceType<typeof CandleFetchConnection>;

export function candleFetchOf(view: CandleFetchView): CandleFetch {
  const { version, status, progress, error, startedAt, finishedAt, symbol, timeframe, refetch } = view;
  const { startDate, endDate, fetched, known, stored, createdAt, updatedAt } = view;
  const job = { version, status, progressPercent: progress, failureReason: error, startedAt, finishedAt };
  const what = { symbol, timeframe, from: startDate, to: endDate, refetch, fetched, known, stored, createdAt, updatedAt };
  return Object.assign(new CandleFetch(), { id: toGlobalId('cfe', view.id), ...job, ...what, view });
}

/** A fetch as it stood when its progress was told. */
export function candleFetchAt(view: CandleFetchView, progress: FetchJobProgress): CandleFetch {
  const { kind: _kind, id: _id, ...told } = progress;
  return Object.assign(candleFetchOf(view), told);
}
