import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, Int, Resolver, Root, Subscription } from 'type-graphql';
import {
  deepestBook,
  highestQuoteRate,
  type MarketQuotes,
  mostTickers,
  type OrderBookOf,
  type QuotedMarket,
  type TickerOf,
} from '../../services/market-data/market-quotes.ts';
import type { MarketDataService } from '../../services/market-data/market-data-service.ts';
import type { RequestContext } from '../context.ts';
import { resolverOf } from '../resolver-of.ts';
import { Shared } from '../shared.ts';
import { loadExchange } from './exchange-loader.ts';
import { MarketRef, marketReferenceOf } from './market-ref.ts';
import { OrderBook, orderBookOf, Ticker, tickerOf } from './quote-types.ts';
import { Market } from './types.ts';

const standardDepth = 20;

@ArgsType()
class TickerUpdatedArgs {
  @Field(() => [MarketRef], { description: `Which markets, at most ${mostTickers}.` })
  markets!: MarketRef[];

  @Field(() => Int, { defaultValue: 4, description: `Tickers per second and market at the most: 1 to ${highestQuoteRate}.` })
  maxRate!: number;
}

@ArgsType()
class OrderBookUpdatedArgs {
  @Field(() => MarketRef, { description: 'Which market.' })
  market!: MarketRef;

  @Field(() => Int, { defaultValue: standardDepth, description: `Levels on each side: 1 to ${deepestBook}.` })
  depth!: number;

  @Field(() => Int, { defaultValue: 4, description: `Books per second at the most: 1 to ${highestQuoteRate}.` })
  maxRate!: number;
}

/** Tickers and order books: now, and as they change. */
@Resolver(() => Market)
export class QuoteResolver {
  readonly #quotes: MarketQuotes;
  readonly #marketData: MarketDataService;

  constructor(quotes: MarketQuotes, marketData: MarketDataService) {
    this.#quotes = quotes;
    this.#marketData = marketData;
  }

  @FieldResolver(() => Ticker, {
    nullable: true,
    description: 'Its last price and last 24 hours; null when its exchange does not answer: then `errors` says why.',
  })
  async ticker(@Root() market: Market, @Ctx() context: RequestContext): Promise<Ticker> {
    return tickerOf(await this.#quotes.ticker(await this.#quoted(market, context)));
  }

  @FieldResolver(() => OrderBook, {
    nullable: true,
    description: 'Its best resting offers; null when its exchange does not answer: then `errors` says why.',
  })
  async orderBook(
    @Root() market: Market,
    @Arg('depth', () => Int, { defaultValue: standardDepth, description: `Levels on each side: 1 to ${deepestBook}.` })
    depth: number,
    @Ctx() context: RequestContext,
  ): Promise<OrderBook> {
    return orderBookOf(await this.#quotes.orderBook(await this.#quoted(market, context), depth));
  }

  @Shared<TickerUpdatedArgs, TickerOf>({ place: ({ market }) => ({ key: market.id, keep: false }) })
  @Subscription(() => Ticker, {
    description:
      'The tickers of some markets as they change: the latest value of each, at most `maxRate` times a second, and the last one always.',
    subscribe: ({ args, context, info }) =>
      resolverOf(info.schema, QuoteResolver).openTickers(args as TickerUpdatedArgs, context as RequestContext),
  })
  tickerUpdated(@Root() ticker: TickerOf, @Args(() => TickerUpdatedArgs) _args: TickerUpdatedArgs): Ticker {
    return tickerOf(ticker);
  }

  @Shared<OrderBookUpdatedArgs, OrderBookOf>({})
  @Subscription(() => OrderBook, {
    description:
      'The order book of a market as it changes: the whole of it down to `depth`, at most `maxRate` times a second, and the last one always.',
    subscribe: ({ args, context, info }) =>
      resolverOf(info.schema, QuoteResolver).openOrderBook(args as OrderBookUpdatedArgs, context as RequestContext),
  })
  orderBookUpdated(@Root() book: OrderBookOf, @Args(() => OrderBookUpdatedArgs) _args: OrderBookUpdatedArgs): OrderBook {
    return orderBookOf(book);
  }

  openTickers({ markets, maxRate }: TickerUpdatedArgs, context: RequestContext): Promise<AsyncIterable<TickerOf>> {
    const references = markets.map((market, i) => marketReferenceOf(market, ['markets', String(i)]));
    return this.#quotes.subscribeTickers(references, maxRate, context.signal);
  }

  openOrderBook(args: OrderBookUpdatedArgs, context: RequestContext): Promise<AsyncIterable<OrderBookOf>> {
    const { market, depth, maxRate } = args;
    return this.#quotes.subscribeOrderBook(marketReferenceOf(market, ['market']), depth, maxRate, context.signal);
  }

  async #quoted({ row }: Market, context: RequestContext): Promise<QuotedMarket> {
    const { name } = await loadExchange(this.#marketData, row.exchangeId, context);
    return { id: row.id, exchange: name, symbol: row.symbol };
  }
}
