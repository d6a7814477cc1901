import { Args, ArgsType, Field, Int, Resolver, Root, Subscription } from 'type-graphql';
import type { CandleUpdate as Update } from '../../services/exchanges/port/market-data.ts';
import type { OpenFeed } from '../../services/market-data/feeds.ts';
import { highestRate, type MarketDataService } from '../../services/market-data/market-data-service.ts';
import { Timeframe } from '../../trading/timeframe.ts';
import type { RequestContext } from '../context.ts';
import '../enums.ts';
import { resolverOf } from '../resolver-of.ts';
import { DateTimeScalar } from '../scalars.ts';
import { Shared } from '../shared.ts';
import { CandleFeed, candleFeedOf } from './coverage-types.ts';
import { MarketRef, marketReferenceOf } from './market-ref.ts';
import { candleOf, CandleUpdate } from './types.ts';

@ArgsType()
class CandleFeedChangedArgs {
  @Field(() => MarketRef, { description: 'Which market.' })
  market!: MarketRef;

  @Field(() => Timeframe, { description: 'Length of a candle.' })
  timeframe!: Timeframe;
}

@ArgsType()
class CandleUpdatedArgs {
  @Field(() => MarketRef, { description: 'Which market.' })
  market!: MarketRef;

  @Field(() => Timeframe, { description: 'Length of a candle.' })
  timeframe!: Timeframe;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'First sends the closed candles that open at or after this. To go on after a break, give the open time of the last closed one.',
  })
  since?: Date;

  @Field(() => Boolean, { defaultValue: false, description: 'Leaves the forming candle out.' })
  closedOnly!: boolean;

  @Field(() => Int, { defaultValue: 4, description: `Forming candles per second at the most: 1 to ${highestRate}.` })
  maxRate!: number;
}

/** Live candles. */
@Resolver()
export class CandleResolver {
  readonly #marketData: MarketDataService;

  constructor(marketData: MarketDataService) {
    this.#marketData = marketData;
  }

  @Shared<CandleUpdatedArgs, Update>({
    // Past candles are each subscriber's own.
    when: ({ since }) => !since,
    place: ({ isClosed }) => ({ key: '', keep: isClosed }),
  })
  @Subscription(() => CandleUpdate, {
    description:
      'The candles of a market as they come. Closed ones come once each, in order, none left out; the forming one is the latest value, at most `maxRate` times a second.',
    subscribe: ({ args, context, info }) => resolverOf(info.schema, CandleResolver).open(args, context),
  })
  candleUpdated(@Root() { candle, isClosed }: Update, @Args(() => CandleUpdatedArgs) _args: CandleUpdatedArgs): CandleUpdate {
    return Object.assign(new CandleUpdate(), { candle: candleOf(candle, isClosed) });
  }

  @Subscription(() => CandleFeed, {
    description:
      'How the live candles of a market are: now, while somebody follows them, and whenever their state or its reason changes. It opens no stream of candles itself.',
    subscribe: ({ args, context, info }) =>
      resolverOf(info.schema, CandleResolver).openFeed(args as CandleFeedChangedArgs, context as RequestContext),
  })
  candleFeedChanged(@Root() feed: OpenFeed, @Args(() => CandleFeedChangedArgs) _args: CandleFeedChangedArgs): CandleFeed {
    return candleFeedOf(feed);
  }

  openFeed({ market, timeframe }: CandleFeedChangedArgs, context: RequestContext): Promise<AsyncIterable<OpenFeed>> {
    return this.#marketData.subscribeFeed(marketReferenceOf(market, ['market']), timeframe, context.signal);
  }

  /** Opens the stream behind a subscription, for whoever was let in. */
  open(args: CandleUpdatedArgs, context: RequestContext): Promise<AsyncIterable<Update>> {
    const { market, timeframe, since, closedOnly, maxRate } = args;
    const reference = marketReferenceOf(market, ['market']);
    const subscription = { market: reference, timeframe, closedOnly, maxRate, ...(since && { since }) };
    return this.#marketData.subscribe(subscription, context.signal);
  }
}
