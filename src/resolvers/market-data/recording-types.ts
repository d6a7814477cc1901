import { Field, Int, ObjectType } from 'type-graphql';
import { RecordedKind } from '../../entities/market/MarketRecording.ts';
import type { RecordingView } from '../../services/market-data/recording/recording-rows.ts';
import { type BookRow, type TickerRow, unpacked } from '../../services/market-data/recording/snapshot-store.ts';
import type { TradeSecond } from '../../services/market-data/recording/trade-seconds.ts';
import { connectionOf } from '../connection.ts';
import { describeEnum } from '../enums.ts';
import { DateTimeScalar, DecimalScalar } from '../scalars.ts';
import { BookLevel } from './quote-types.ts';

describeEnum(
  RecordedKind,
  'RecordedKind',
  'What of the live data of a market can be recorded. Candles are stored without that.',
  {
    MARKET_TRADES: 'Executions of the whole market, second by second.',
    TICKERS: 'Its ticker, from time to time.',
    ORDER_BOOKS: 'Its order book, from time to time.',
  },
);

@ObjectType({
  simpleResolvers: true,
  description: 'Live data of one kind that is being written down, also after a restart, until it is stopped.',
})
export class MarketRecording {
  @Field(() => String, { description: 'Name of the exchange.' })
  exchange!: string;

  @Field(() => String, { description: 'Base and quote asset.' })
  symbol!: string;

  @Field(() => RecordedKind, { description: 'What is recorded.' })
  kind!: RecordedKind;

  @Field(() => Int, {
    nullable: true,
    description: 'Seconds between two snapshots at the least; null for trades, of which all are recorded.',
  })
  intervalSeconds!: number | null;

  @Field(() => Int, { nullable: true, description: 'Levels on each side of an order book; null for other kinds.' })
  depth!: number | null;

  @Field(() => DateTimeScalar, { description: 'When it was switched on.' })
  startedAt!: Date;

  @Field(() => String, {
    nullable: true,
    description: 'What keeps it from being recorded, in a sentence; it is mended by itself, and null when it is.',
  })
  problem!: string | null;
}

export function recordingOf(view: RecordingView): MarketRecording {
  const { kind, intervalSeconds, depth } = view;
  return Object.assign(new MarketRecording(), view, {
    intervalSeconds: kind === 'MARKET_TRADES' ? null : intervalSeconds,
    depth: kind === 'ORDER_BOOKS' ? depth : null,
  });
}

@ObjectType({ simpleResolvers: true, description: 'A stretch of time in which every execution of a market is recorded.' })
export class TradeStretch {
  @Field(() => DateTimeScalar, { description: 'Its first second.' })
  from!: number;

  @Field(() => DateTimeScalar, { description: 'The second after its last one.' })
  to!: number;
}

@ObjectType({
  simpleResolvers: true,
  description: 'Executions of a whole market in one second, added up. A second in which nothing was traded is not there.',
})
export class MarketTrade {
  @Field(() => DateTimeScalar, { description: "Start of the second, by the exchange's clock." })
  timestamp!: number;

  @Field(() => DecimalScalar, { description: 'Average price, weighted by quantity, in the quote asset.' })
  price!: number;

  @Field(() => DecimalScalar, { description: 'First price.' })
  open!: number;

  @Field(() => DecimalScalar, { description: 'Highest price.' })
  high!: number;

  @Field(() => DecimalScalar, { description: 'Lowest price.' })
  low!: number;

  @Field(() => DecimalScalar, { description: 'Last price.' })
  close!: number;

  @Field(() => DecimalScalar, { description: 'What was bought from resting orders, in the base asset.' })
  buyQuantity!: number;

  @Field(() => DecimalScalar, { description: 'What was sold to resting orders, in the base asset.' })
  sellQuantity!: number;

  @Field(() => Int, { description: 'Executions in which a resting order was bought from.' })
  buyCount!: number;

  @Field(() => Int, { description: 'Executions in which a resting order was sold to.' })
  sellCount!: number;
}

export const MarketTradeConnection = connectionOf(MarketTrade, 'MarketTrade', 'seconds of trades');
export type MarketTradeConnection = InstanceType<typeof MarketTradeConnection>;

export function marketTradeOf(second: TradeSecond): MarketTrade {
  return Object.assign(new MarketTrade(), second);
}

@ObjectType({ simpleResolvers: true, description: 'A ticker as it was recorded: the last price, and the 24 hours before.' })
export class TickerSnapshot {
  @Field(() => DateTimeScalar, { description: "When it was so, by the exchange's clock." })
  at!: number;

  @Field(() => DecimalScalar, { description: 'The price of the last trade, in the quote asset.' })
  last!: number;

  @Field(() => DecimalScalar, { description: 'The highest price of the 24 hours before.' })
  high!: number;

  @Field(() => DecimalScalar, { description: 'The lowest price of the 24 hours before.' })
  low!: number;

  @Field(() => DecimalScalar, { description: 'What was traded in the 24 hours before, in the base asset.' })
  volume!: number;
}

export const TickerSnapshotConnection = connectionOf(TickerSnapshot, 'TickerSnapshot', 'recorded tickers');
export type TickerSnapshotConnection = InstanceType<typeof TickerSnapshotConnection>;

export function tickerSnapshotOf({ timestamp, lastPrice, highPrice, lowPrice, volume }: TickerRow): TickerSnapshot {
  return Object.assign(new TickerSnapshot(), { at: timestamp, last: lastPrice, high: highPrice, low: lowPrice, volume });
}

@ObjectType({ simpleResolvers: true, description: 'An order book as it was recorded.' })
export class OrderBookSnapshot {
  @Field(() => DateTimeScalar, { description: "When it was so, by the exchange's clock." })
  at!: number;

  @Field(() => [BookLevel], { description: 'What buyers offered, the highest price first.' })
  bids!: readonly BookLevel[];

  @Field(() => [BookLevel], { description: 'What sellers asked, the lowest price first.' })
  asks!: readonly BookLevel[];
}

export const OrderBookSnapshotConnection = connectionOf(OrderBookSnapshot, 'OrderBookSnapshot', 'recorded order books');
export type OrderBookSnapshotConnection = InstanceType<typeof OrderBookSnapshotConnection>;

export function bookSnapshotOf({ timestamp, bids, asks }: BookRow, depth: number): OrderBookSnapshot {
  return Object.assign(new OrderBookSnapshot(), { at: timestamp, bids: unpacked(bids, depth), asks: unpacked(asks, depth) });
}
