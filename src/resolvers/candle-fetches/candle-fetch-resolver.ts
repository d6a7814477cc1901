import { Arg, Args, Ctx, Field, FieldResolver, ID, InputType, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import type { CandleFetchService } from '../../services/market-data/fetch-service.ts';
import type { MarketDataService } from '../../services/market-data/market-data-service.ts';
import { Timeframe } from '../../trading/timeframe.ts';
import { PageArgs, PageView } from '../connection.ts';
import { type RequestContext, viewerOf } from '../context.ts';
import '../enums.ts';
import { fromGlobalId } from '../ids.ts';
import { loadMarket } from '../market-data/market-loader.ts';
import { MarketRef, marketReferenceOf } from '../market-data/market-ref.ts';
import { Market } from '../market-data/types.ts';
import type { NodeLoader } from '../node.ts';
import { mutation, MutationPayload } from '../payload.ts';
import { DateTimeScalar } from '../scalars.ts';
import { CandleFetch, CandleFetchConnection, candleFetchOf } from './types.ts';

@InputType({ description: 'Which past candles are wanted.' })
class FetchCandlesInput {
  @Field(() => MarketRef, { description: 'Of which market.' })
  market!: MarketRef;

  @Field(() => Timeframe, {
    description: 'Length of a candle. One that the exchange does not make is built from shorter ones that it does.',
  })
  timeframe!: Timeframe;

  @Field(() => DateTimeScalar, { description: 'Candles that open at or after this.' })
  from!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Candles that open before this; up to now when left out.' })
  to?: Date | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Asks the exchange for candles that are stored already, too: it may have corrected them.',
  })
  refetch!: boolean;
}

@InputType({ description: 'Which fetch is to be stopped.' })
class CancelCandleFetchInput {
  @Field(() => ID, { description: 'A cfe_ id.' })
  id!: string;
}

@ObjectType({ description: 'A fetch of candles as it has become.' })
abstract class CandleFetchPayload extends MutationPayload {
  @Field(() => CandleFetch, { nullable: true, description: 'The fetch; null when there are errors.' })
  candleFetch?: CandleFetch | null;
}

@ObjectType({ description: 'The fetch, PENDING: watch it with `jobProgressed`.' })
class FetchCandlesPayload extends CandleFetchPayload {}

@ObjectType({ description: 'The fetch, CANCELED. What it has stored stays.' })
class CancelCandleFetchPayload extends CandleFetchPayload {}

const input = { description: 'What the mutation needs.' };

/** Past candles, asked for from exchanges. */
@Resolver(() => CandleFetch)
export class CandleFetchResolver {
  readonly #fetches: CandleFetchService;
  readonly #marketData: MarketDataService;

  constructor(fetches: CandleFetchService, marketData: MarketDataService) {
    this.#fetches = fetches;
    this.#marketData = marketData;
  }

  @Query(() => CandleFetchConnection, { description: 'Your fetches of candles, the newest first.' })
  async candleFetches(
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() context: RequestContext,
  ): Promise<PageView<unknown, CandleFetch>> {
    const viewer = viewerOf(context);
    return new PageView(await this.#fetches.page(viewer, page), candleFetchOf, () => this.#fetches.count(viewer));
  }

  @FieldResolver(() => Market, { nullable: true, description: 'The market.' })
  market(@Root() { view }: CandleFetch, @Ctx() context: RequestContext): Promise<Market | null> {
    return loadMarket(this.#marketData, view.exchangeId, view.symbol, context);
  }

  @Mutation(() => FetchCandlesPayload, {
    description:
      'Brings past candles of a market from its exchange into the database, in the background. What is stored already is not asked for again, so a fetch that was stopped goes on where it stopped.',
  })
  fetchCandles(
    @Arg('input', () => FetchCandlesInput, input) { market, ...wanted }: FetchCandlesInput,
    @Ctx() context: RequestContext,
  ): Promise<FetchCandlesPayload> {
    return mutation(FetchCandlesPayload, async () => {
      const reference = marketReferenceOf(market, ['input', 'market']);
      return { candleFetch: candleFetchOf(await this.#fetches.create(viewerOf(context), { ...wanted, market: reference })) };
    });
  }

  @Mutation(() => CancelCandleFetchPayload, { description: 'PENDING or RUNNING → CANCELED. What is stored stays.' })
  cancelCandleFetch(
    @Arg('input', () => CancelCandleFetchInput, input) { id }: CancelCandleFetchInput,
    @Ctx() context: RequestContext,
  ): Promise<CancelCandleFetchPayload> {
    return mutation(CancelCandleFetchPayload, async () => {
      const uuid = fromGlobalId('cfe', id, ['input', 'id']);
      return { candleFetch: candleFetchOf(await this.#fetches.cancel(viewerOf(context), uuid)) };
    });
  }
}

/** How fetches of candles are refetched by id. */
export function candleFetchNodes(fetches: CandleFetchService): [['cfe', NodeLoader]] {
  return [['cfe', async (viewer, ids) => [...(await fetches.byIds(viewer, ids)).values()].map(candleFetchOf)]];
}
