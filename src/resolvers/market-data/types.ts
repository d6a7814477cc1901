import { Field, Int, ObjectType } from 'type-graphql';
import { type Connection, ConnectionStatus } from '../../services/exchanges/lazy-source.ts';
import type { ExchangeRow, MarketRow } from '../../services/market-data/catalogue.ts';
import type { Candle as CandleValues } from '../../trading/candle.ts';
import { MarketType } from '../../trading/position.ts';
import { connectionOf } from '../connection.ts';
import { describeEnum } from '../enums.ts';
import { toGlobalId } from '../ids.ts';
import { Node } from '../node.ts';
import { DateTimeScalar, DecimalScalar } from '../scalars.ts';

describeEnum(ConnectionStatus, 'ConnectionStatus', 'How it stands with the live market data of an exchange.', {
  IDLE: 'Nobody has asked for it since the server started: it is connected to with the first question.',
  CONNECTING: 'It is being connected to.',
  CONNECTED: 'It answers.',
  DEGRADED: 'It is connected, but did not answer what it was asked last; it is asked again with the next question.',
  UNREACHABLE: 'It could not be connected to; that is tried again.',
});

@ObjectType({ simpleResolvers: true, description: 'How it stands with the live market data of an exchange.' })
export class ExchangeConnection {
  @Field(() => ConnectionStatus, { description: 'How it is.' })
  status!: ConnectionStatus;

  @Field(() => String, { nullable: true, description: 'What is wrong, in a sentence; null when nothing is.' })
  reason!: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Since when it is so; null where that does not count.' })
  since!: Date | null;
}

@ObjectType({ implements: Node, simpleResolvers: true, description: 'A place to trade.' })
export class Exchange extends Node {
  @Field(() => String, {
    description: 'Its name here and in the ccxt library: "binance". "sim" is the built-in simulated market.',
  })
  name!: string;

  @Field(() => String, { description: 'Its name for people.' })
  displayName!: string;

  @Field(() => Boolean, {
    description:
      'Whether its live market data is there now. A real exchange is connected to when somebody first asks for its markets.',
  })
  isConnected!: boolean;

  @Field(() => ExchangeConnection, {
    nullable: true,
    description: 'How it stands with its live market data; null where this server has none of it.',
  })
  connection!: ExchangeConnection | null;
}

export function exchangeOf(row: ExchangeRow, connection: Connection | undefined): Exchange {
  const { id, name, displayName } = row;
  return Object.assign(new Exchange(), {
    id: toGlobalId('exc', id),
    name,
    displayName,
    isConnected: connection?.status === 'CONNECTED',
    connection: connection ? Object.assign(new ExchangeConnection(), connection) : null,
  });
}

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description:
    'Something that can be traded at one exchange. One that is known from imported candles only has the finest precision.',
})
export class Market extends Node {
  @Field(() => String, { description: 'Base and quote asset: "BTC/USDT"; perpetuals name their settlement: "BTC/USDT:USDT".' })
  symbol!: string;

  @Field(() => String, { description: 'What is bought and sold.' })
  baseAsset!: string;

  @Field(() => String, { description: 'What it is paid with.' })
  quoteAsset!: string;

  @Field(() => MarketType, { description: 'Kind of market.' })
  kind!: MarketType;

  @Field(() => Boolean, { description: 'Whether it can be traded now.' })
  isActive!: boolean;

  @Field(() => DecimalScalar, { description: 'Prices are multiples of this, in the quote asset.' })
  tickSize!: string;

  @Field(() => DecimalScalar, { description: 'Amounts are multiples of this, in the base asset.' })
  stepSize!: string;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'Smallest value of an order, in the quote asset; null when there is no such rule.',
  })
  minNotional!: string | null;

  /** The row, for field resolvers; not in the schema. */
  row!: MarketRow;
}

export const MarketConnection = connectionOf(Market, 'Market', 'markets');
export type MarketConnection = InstanceType<typeof MarketConnection>;

export function marketOf(row: MarketRow): Market {
  const { symbol, baseAsset, quoteAsset, kind, isActive, tickSize, stepSize, minNotional } = row;
  const fields = { symbol, baseAsset, quoteAsset, kind, isActive, tickSize, stepSize, minNotional };
  return Object.assign(new Market(), fields, { id: toGlobalId('mkt', row.id), row });
}

@ObjectType({
  simpleResolvers: true,
  description: 'Prices over a span of time. Market data is kept as IEEE doubles and told as their shortest decimal text.',
})
export class Candle {
  @Field(() => DateTimeScalar, { description: 'When it begins.' })
  openTime!: number;

  @Field(() => DecimalScalar, { description: 'First price, in the quote asset.' })
  open!: number;

  @Field(() => DecimalScalar, { description: 'Highest price.' })
  high!: number;

  @Field(() => DecimalScalar, { description: 'Lowest price.' })
  low!: number;

  @Field(() => DecimalScalar, { description: 'Last price.' })
  close!: number;

  @Field(() => DecimalScalar, { description: 'What was traded, in the base asset.' })
  volume!: number;

  @Field(() => Boolean, { description: 'Whether it is final. A forming candle is revised until it closes.' })
  isClosed!: boolean;
}

export const CandleConnection = connectionOf(Candle, 'Candle', 'candles');
export type CandleConnection = InstanceType<typeof CandleConnection>;

export function candleOf(candle: CandleValues, isClosed: boolean): Candle {
  return Object.assign(new Candle(), candle, { isClosed });
}

@ObjectType({ simpleResolvers: true, description: 'A candle that closed, or the forming one as it stands.' })
export class CandleUpdate {
  @Field(() => Candle, { description: 'The candle.' })
  candle!: Candle;
}

@ObjectType({ simpleResolvers: true, description: 'Candles that are missing between two that are there.' })
export class CandleGap {
  @Field(() => DateTimeScalar, { description: 'Open time of the first missing candle.' })
  from!: number;

  @Field(() => DateTimeScalar, { description: 'Open time of the candle after the gap.' })
  to!: number;

  @Field(() => Int, { description: 'How many are missing.' })
  missing!: number;
}

@ObjectType({ simpleResolvers: true, description: 'A row of a CSV file that cannot be imported.' })
export class BadCsvRow {
  @Field(() => Int, { description: 'Its line; the header is line 1.' })
  line!: number;

  @Field(() => String, { description: 'What is wrong with it.' })
  message!: string;
}
