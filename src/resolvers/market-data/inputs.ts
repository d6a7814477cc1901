import { ArgsType, Field, InputType } from 'type-graphql';
import type { Market } from '../../entities/market/Market.ts';
import type { RowFilter } from '../../services/database/index.ts';
import { MarketType } from '../../trading/position.ts';
import { Timeframe } from '../../trading/timeframe.ts';
import { PageArgs } from '../connection.ts';
import '../enums.ts';
import { filterOf, StringFilter } from '../filters.ts';
import { DateTimeScalar } from '../scalars.ts';

@InputType({ description: 'Which markets.' })
export class MarketFilter {
  @Field(() => [MarketFilter], { nullable: true, description: 'All of these.' })
  and?: MarketFilter[];

  @Field(() => [MarketFilter], { nullable: true, description: 'One of these.' })
  or?: MarketFilter[];

  @Field(() => MarketFilter, { nullable: true, description: 'Not this.' })
  not?: MarketFilter;

  @Field(() => StringFilter, { nullable: true, description: 'Name of the exchange.' })
  exchange?: StringFilter;

  @Field(() => StringFilter, { nullable: true, description: 'Symbol, such as "BTC/USDT".' })
  symbol?: StringFilter;

  @Field(() => StringFilter, { nullable: true, description: 'What is bought and sold.' })
  baseAsset?: StringFilter;

  @Field(() => StringFilter, { nullable: true, description: 'What it is paid with.' })
  quoteAsset?: StringFilter;

  @Field(() => MarketType, { nullable: true, description: 'Kind of market.' })
  kind?: MarketType;

  @Field(() => Boolean, { nullable: true, description: 'Whether it can be traded now.' })
  isActive?: boolean;
}

/** A market filter in terms of rows. @throws DomainError LIMIT_EXCEEDED for one that is too deep or too large */
export function marketCondition(filter: MarketFilter | null | undefined): RowFilter<Market> | undefined {
  return filterOf(filter, ({ exchange, symbol, baseAsset, quoteAsset, kind, isActive }): RowFilter<Market> => ({
    ...(exchange && { exchange: { name: exchange } }),
    ...(symbol && { symbol }),
    ...(baseAsset && { baseAsset }),
    ...(quoteAsset && { quoteAsset }),
    ...(kind && { kind: { eq: kind } }),
    ...(typeof isActive === 'boolean' && { isActive: { eq: isActive } }),
  }));
}

/** Which candles of a market: a range, and a page of it. */
@ArgsType()
export class CandleArgs extends PageArgs {
  @Field(() => Timeframe, { description: 'Length of a candle. What is not stored is built from shorter candles that are.' })
  timeframe!: Timeframe;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Candles that open at or after this; from the oldest when left out.',
  })
  from?: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Candles that open before this; to the newest when left out.' })
  to?: Date;
}

@InputType({ description: 'Candles as CSV text.' })
export class ImportCandlesInput {
  @Field(() => String, {
    description: 'Name of the exchange that they are of, such as "binance"; not "sim", which makes its own.',
  })
  exchange!: string;

  @Field(() => String, { description: 'Base and quote asset: "BTC/USDT". A new market is entered with the finest precision.' })
  symbol!: string;

  @Field(() => Timeframe, { description: 'Length of a candle.' })
  timeframe!: Timeframe;

  @Field(() => String, {
    description:
      'A header line like timestamp,open,high,low,close,volume, then one line a candle. Times are ISO dates, or seconds, milliseconds or microseconds since 1970. At most 20,000 rows; larger files are imported by command.',
  })
  csv!: string;
}
