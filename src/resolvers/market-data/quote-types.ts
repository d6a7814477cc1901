import { Field, ID, ObjectType } from 'type-graphql';
import type { OrderBookOf, TickerOf } from '../../services/market-data/market-quotes.ts';
import { toGlobalId } from '../ids.ts';
import { DateTimeScalar, DecimalScalar } from '../scalars.ts';

@ObjectType({ simpleResolvers: true, description: 'The last price of a market, and its last 24 hours.' })
export class Ticker {
  @Field(() => ID, { description: 'Id of the market.' })
  marketId!: string;

  @Field(() => String, { description: 'Name of the exchange.' })
  exchange!: string;

  @Field(() => String, { description: 'Base and quote asset.' })
  symbol!: string;

  @Field(() => DateTimeScalar, { description: "When it was so, by the exchange's clock." })
  at!: number;

  @Field(() => DecimalScalar, { description: 'The price of the last trade, in the quote asset.' })
  last!: number;

  @Field(() => DecimalScalar, { description: 'The highest price of the last 24 hours.' })
  high!: number;

  @Field(() => DecimalScalar, { description: 'The lowest price of the last 24 hours.' })
  low!: number;

  @Field(() => DecimalScalar, { description: 'What was traded in the last 24 hours, in the base asset.' })
  volume!: number;
}

export function tickerOf({ market, at, last, high, low, volume }: TickerOf): Ticker {
  const { exchange, symbol } = market;
  return Object.assign(new Ticker(), { marketId: toGlobalId('mkt', market.id), exchange, symbol, at, last, high, low, volume });
}

@ObjectType({ simpleResolvers: true, description: 'What rests at one price of an order book.' })
export class BookLevel {
  @Field(() => DecimalScalar, { description: 'The price, in the quote asset.' })
  price!: number;

  @Field(() => DecimalScalar, { description: 'How much, in the base asset.' })
  amount!: number;
}

@ObjectType({ simpleResolvers: true, description: 'The best resting offers of a market.' })
export class OrderBook {
  @Field(() => ID, { description: 'Id of the market.' })
  marketId!: string;

  @Field(() => String, { description: 'Name of the exchange.' })
  exchange!: string;

  @Field(() => String, { description: 'Base and quote asset.' })
  symbol!: string;

  @Field(() => DateTimeScalar, { description: "When it was so, by the exchange's clock." })
  at!: number;

  @Field(() => [BookLevel], { description: 'What buyers offer, the highest price first.' })
  bids!: readonly BookLevel[];

  @Field(() => [BookLevel], { description: 'What sellers ask, the lowest price first.' })
  asks!: readonly BookLevel[];
}

export function orderBookOf({ market, at, bids, asks }: OrderBookOf): OrderBook {
  const { exchange, symbol } = market;
  return Object.assign(new OrderBook(), { marketId: toGlobalId('mkt', market.id), exchange, symbol, at, bids, asks });
}
