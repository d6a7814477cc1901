import { Arg, Ctx, Field, FieldResolver, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import {
  MarketDataKind,
  type MarketDataRetention as Service,
  mostDays,
  type RetentionDays,
} from '../../services/market-data/retention.ts';
import { type RequestContext, viewerOf } from '../context.ts';
import { describeEnum } from '../enums.ts';
import { mutation, MutationPayload } from '../payload.ts';
import { DateTimeScalar } from '../scalars.ts';

describeEnum(MarketDataKind, 'MarketDataKind', 'A kind of stored market data.', {
  CANDLES: 'Candles: what backtests stand on.',
  MARKET_TRADES: 'Executions of whole markets, second by second.',
  TICKERS: 'Snapshots of tickers.',
  ORDER_BOOKS: 'Snapshots of order books.',
});

@ObjectType({ simpleResolvers: true, description: 'What would be deleted of one kind of market data now.' })
class RetentionPreview {
  @Field(() => MarketDataKind, { description: 'The kind.' })
  kind!: MarketDataKind;

  @Field(() => Int, { description: 'How many rows.' })
  rows!: number;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Those from before this; null when this kind is kept for ever.' })
  before!: number | null;
}

@ObjectType({ description: 'For how many days each kind of market data is kept; null for ever.' })
class MarketDataRetention {
  @Field(() => Int, { nullable: true, description: 'Candles.' })
  candlesDays!: number | null;

  @Field(() => Int, { nullable: true, description: 'Executions of whole markets.' })
  marketTradesDays!: number | null;

  @Field(() => Int, { nullable: true, description: 'Snapshots of tickers.' })
  tickersDays!: number | null;

  @Field(() => Int, { nullable: true, description: 'Snapshots of order books.' })
  orderBooksDays!: number | null;
}

const days = `From 1 to ${mostDays}; null keeps them for ever, unchanged when left out.`;

@InputType({ description: 'For how many days market data is to be kept.' })
class UpdateMarketDataRetentionInput {
  @Field(() => Int, { nullable: true, description: `Candles. ${days}` })
  candlesDays?: number | null;

  @Field(() => Int, { nullable: true, description: `Executions of whole markets. ${days}` })
  marketTradesDays?: number | null;

  @Field(() => Int, { nullable: true, description: `Snapshots of tickers. ${days}` })
  tickersDays?: number | null;

  @Field(() => Int, { nullable: true, description: `Snapshots of order books. ${days}` })
  orderBooksDays?: number | null;
}

@ObjectType({ description: 'How long market data is kept from now on. Old rows go with the next daily run.' })
class UpdateMarketDataRetentionPayload extends MutationPayload {
  @Field(() => MarketDataRetention, { nullable: true, description: 'All settings; null when there are errors.' })
  marketDataRetention?: MarketDataRetention | null;
}

/** For how long market data is kept. */
@Resolver(() => MarketDataRetention)
export class RetentionResolver {
  readonly #retention: Service;

  constructor(retention: Service) {
    this.#retention = retention;
  }

  @Query(() => MarketDataRetention, { description: 'For how long market data is kept, and what would be deleted now.' })
  async marketDataRetention(@Ctx() context: RequestContext): Promise<MarketDataRetention> {
    viewerOf(context);
    return retentionOf(await this.#retention.days());
  }

  @FieldResolver(() => [RetentionPreview], { description: 'What the next daily run would delete if it were now.' })
  async preview(): Promise<RetentionPreview[]> {
    return (await this.#retention.preview()).map((one) => Object.assign(new RetentionPreview(), one));
  }

  @Mutation(() => UpdateMarketDataRetentionPayload, {
    description: 'Changes for how long market data is kept. Only an administrator may: everybody uses it.',
  })
  updateMarketDataRetention(
    @Arg('input', () => UpdateMarketDataRetentionInput, { description: 'What the mutation needs.' })
    input: UpdateMarketDataRetentionInput,
    @Ctx() context: RequestContext,
  ): Promise<UpdateMarketDataRetentionPayload> {
    return mutation(UpdateMarketDataRetentionPayload, async () => {
      const { candlesDays, marketTradesDays, tickersDays, orderBooksDays } = input;
      const changes: Partial<RetentionDays> = {
        ...(candlesDays !== undefined && { CANDLES: candlesDays }),
        ...(marketTradesDays !== undefined && { MARKET_TRADES: marketTradesDays }),
        ...(tickersDays !== undefined && { TICKERS: tickersDays }),
        ...(orderBooksDays !== undefined && { ORDER_BOOKS: orderBooksDays }),
      };
      return { marketDataRetention: retentionOf(await this.#retention.change(viewerOf(context), changes)) };
    });
  }
}

function retentionOf(kept: RetentionDays): MarketDataRetention {
  return Object.assign(new MarketDataRetention(), {
    candlesDays: kept.CANDLES,
    marketTradesDays: kept.MARKET_TRADES,
    tickersDays: kept.TICKERS,
    orderBooksDays: kept.ORDER_BOOKS,
  });
}
