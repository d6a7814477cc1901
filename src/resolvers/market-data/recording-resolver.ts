import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Field,
  FieldResolver,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { RecordedKind } from '../../entities/market/MarketRecording.ts';
import { DomainError } from '../../services/errors.ts';
import type { MarketKey } from '../../services/market-data/latest-feeds.ts';
import type { MarketDataService } from '../../services/market-data/market-data-service.ts';
import {
  deepestRecordedBook,
  longestInterval,
  mostRecordings,
  type RecordingService,
} from '../../services/market-data/recording/recording-service.ts';
import type { TimeRange } from '../../services/market-data/recording/trade-store.ts';
import { PageArgs, PageView } from '../connection.ts';
import { type RequestContext, viewerOf } from '../context.ts';
import { mutation, MutationPayload } from '../payload.ts';
import { DateTimeScalar } from '../scalars.ts';
import { loadExchange } from './exchange-loader.ts';
import { MarketRef, marketReferenceOf } from './market-ref.ts';
import {
  bookSnapshotOf,
  MarketRecording,
  type MarketTrade,
  MarketTradeConnection,
  marketTradeOf,
  type OrderBookSnapshot,
  OrderBookSnapshotConnection,
  recordingOf,
  type TickerSnapshot,
  TickerSnapshotConnection,
  tickerSnapshotOf,
  TradeStretch,
} from './recording-types.ts';
import { type Candle, CandleConnection, candleOf, Market } from './types.ts';

@InputType({ description: 'What is to be recorded of a market.' })
class RecordMarketDataInput {
  @Field(() => MarketRef, { description: 'Which market.' })
  market!: MarketRef;

  @Field(() => [RecordedKind], { description: 'What of it. Other kinds stay as they are.' })
  kinds!: RecordedKind[];

  @Field(() => Int, {
    defaultValue: 10,
    description: `Seconds between two snapshots of the ticker or the order book at the least: 1 to ${longestInterval}. Of trades all are recorded.`,
  })
  intervalSeconds!: number;

  @Field(() => Int, { defaultValue: 20, description: `Levels on each side of an order book: 1 to ${deepestRecordedBook}.` })
  depth!: number;
}

@InputType({ description: 'What is to be recorded no more.' })
class StopRecordingMarketDataInput {
  @Field(() => MarketRef, { description: 'Of which market.' })
  market!: MarketRef;

  @Field(() => [RecordedKind], { description: 'What of it.' })
  kinds!: RecordedKind[];
}

@ObjectType({ description: 'What is recorded of the market now.' })
abstract class RecordingPayload extends MutationPayload {
  @Field(() => [MarketRecording], { nullable: true, description: 'All recordings of the market; null when there are errors.' })
  recordings?: MarketRecording[] | null;
}

@ObjectType({ description: 'What is recorded of the market from now on.' })
class RecordMarketDataPayload extends RecordingPayload {}

@ObjectType({ description: 'What is still recorded of the market. What is stored stays, as long as its retention says.' })
class StopRecordingMarketDataPayload extends RecordingPayload {}

@ArgsType()
class TimeArgs extends PageArgs {
  @Field(() => DateTimeScalar, { nullable: true, description: 'From this moment on; from the oldest when left out.' })
  from?: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Before this moment; to the newest when left out.' })
  to?: Date;
}

@ArgsType()
class TradeCandleArgs extends TimeArgs {
  @Field(() => Int, { description: 'Seconds of a candle: 1 to 86,400, a divisor of the day.' })
  seconds!: number;
}

@ArgsType()
class BookHistoryArgs extends TimeArgs {
  @Field(() => Int, {
    defaultValue: 20,
    description: `Levels on each side: 1 to ${deepestRecordedBook}, of those that were recorded.`,
  })
  depth!: number;
}

const input = { description: 'What the mutation needs.' };
const onlyAdmin = 'Only an administrator may: it fills the disk that everybody uses.';

/** Recording of live market data, switched on and off. */
@Resolver()
export class RecordingResolver {
  readonly #recordings: RecordingService;

  constructor(recordings: RecordingService) {
    this.#recordings = recordings;
  }

  @Query(() => [MarketRecording], {
    description: `What is recorded of markets, by exchange and symbol; at most ${mostRecordings}.`,
  })
  async marketRecordings(@Ctx() context: RequestContext): Promise<MarketRecording[]> {
    viewerOf(context);
    return (await this.#recordings.list()).map(recordingOf);
  }

  @Mutation(() => RecordMarketDataPayload, {
    description: `Records live data of a market from now on, until it is stopped. The same again changes nothing. ${onlyAdmin}`,
  })
  recordMarketData(
    @Arg('input', () => RecordMarketDataInput, input) { market, ...wanted }: RecordMarketDataInput,
    @Ctx() context: RequestContext,
  ): Promise<RecordMarketDataPayload> {
    return mutation(RecordMarketDataPayload, async () => {
      const reference = marketReferenceOf(market, ['input', 'market']);
      const views = await this.#recordings.record(viewerOf(context), { ...wanted, market: reference });
      return { recordings: views.map(recordingOf) };
    });
  }

  @Mutation(() => StopRecordingMarketDataPayload, {
    description: `Records these kinds of a market no more; those that were not recorded are no error. ${onlyAdmin}`,
  })
  stopRecordingMarketData(
    @Arg('input', () => StopRecordingMarketDataInput, input) { market, kinds }: StopRecordingMarketDataInput,
    @Ctx() context: RequestContext,
  ): Promise<StopRecordingMarketDataPayload> {
    return mutation(StopRecordingMarketDataPayload, async () => {
      const reference = marketReferenceOf(market, ['input', 'market']);
      const views = await this.#recordings.stop(viewerOf(context), { kinds, market: reference });
      return { recordings: views.map(recordingOf) };
    });
  }
}

/** What was recorded of a market. */
@Resolver(() => Market)
export class RecordingFields {
  readonly #recordings: RecordingService;
  readonly #marketData: MarketDataService;

  constructor(recordings: RecordingService, marketData: MarketDataService) {
    this.#recordings = recordings;
    this.#marketData = marketData;
  }

  @FieldResolver(() => [MarketRecording], { description: 'What of its live data is being recorded.' })
  async recordings(@Root() market: Market, @Ctx() context: RequestContext): Promise<MarketRecording[]> {
    return (await this.#recordings.list(await this.#keyOf(market, context))).map(recordingOf);
  }

  @FieldResolver(() => [TradeStretch], {
    description:
      'The stretches of time in which every execution is recorded, oldest first; the latest 100. Outside of them seconds may lack some or all of theirs.',
  })
  async tradeCoverage(@Root() market: Market, @Ctx() context: RequestContext): Promise<TradeStretch[]> {
    const stretches = await this.#recordings.stretches(await this.#keyOf(market, context));
    return stretches.map(({ startAt, endAt }) => Object.assign(new TradeStretch(), { from: startAt, to: endAt }));
  }

  @FieldResolver(() => MarketTradeConnection, {
    description: 'Its recorded executions, second by second, oldest first; at most 1,000 seconds at a time.',
  })
  async marketTrades(
    @Root() market: Market,
    @Args(() => TimeArgs) args: TimeArgs,
    @Ctx() context: RequestContext,
  ): Promise<PageView<unknown, MarketTrade>> {
    const key = await this.#keyOf(market, context);
    const range = rangeOf(args);
    const page = await this.#recordings.trades(key, range, args);
    return new PageView(page, marketTradeOf, () => this.#recordings.countTrades(key, range));
  }

  @FieldResolver(() => CandleConnection, {
    description:
      'Candles of any number of seconds, built from its recorded executions, oldest first; at most 1,000 at a time. Only such are built as are recorded from their first to their last second.',
  })
  async tradeCandles(
    @Root() market: Market,
    @Args(() => TradeCandleArgs) { seconds, ...args }: TradeCandleArgs,
    @Ctx() context: RequestContext,
  ): Promise<PageView<unknown, Candle>> {
    const key = await this.#keyOf(market, context);
    const page = await this.#recordings.tradeCandles(key, seconds, rangeOf(args), args);
    const count = (): Promise<{ value: number; exact: boolean }> =>
      this.#recordings.countTradeCandles(key, seconds, rangeOf(args));
    return new PageView(page, (candle) => candleOf(candle, true), count);
  }

  @FieldResolver(() => TickerSnapshotConnection, { description: 'Its recorded tickers, oldest first; at most 1,000 at a time.' })
  async tickerHistory(
    @Root() market: Market,
    @Args(() => TimeArgs) args: TimeArgs,
    @Ctx() context: RequestContext,
  ): Promise<PageView<unknown, TickerSnapshot>> {
    const key = await this.#keyOf(market, context);
    const range = rangeOf(args);
    const page = await this.#recordings.tickers(key, range, args);
    return new PageView(page, tickerSnapshotOf, () => this.#recordings.countTickers(key, range));
  }

  @FieldResolver(() => OrderBookSnapshotConnection, {
    description: 'Its recorded order books, oldest first; at most 100 at a time.',
  })
  async orderBookHistory(
    @Root() market: Market,
    @Args(() => BookHistoryArgs) { depth, ...args }: BookHistoryArgs,
    @Ctx() context: RequestContext,
  ): Promise<PageView<unknown, OrderBookSnapshot>> {
    if (!Number.isInteger(depth) || depth < 1 || depth > deepestRecordedBook)
      throw new DomainError('INVALID', `depth is ${depth}, it must be from 1 to ${deepestRecordedBook}`, { path: ['depth'] });
    const key = await this.#keyOf(market, context);
    const range = rangeOf(args);
    const page = await this.#recordings.books(key, range, args);
    const count = (): Promise<{ value: number; exact: boolean }> => this.#recordings.countBooks(key, range);
    return new PageView(page, (row) => bookSnapshotOf(row, depth), count);
  }

  async #keyOf({ row }: Market, context: RequestContext): Promise<MarketKey> {
    const { name } = await loadExchange(this.#marketData, row.exchangeId, context);
    return { exchange: name, symbol: row.symbol };
  }
}

function rangeOf({ from, to }: TimeArgs): TimeRange {
  return { ...(from && { from: from.getTime() }), ...(to && { to: to.getTime() }) };
}
