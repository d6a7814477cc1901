import DataLoader from 'dataloader';
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { DomainError } from '../../services/errors.ts';
import type { CandleRange } from '../../services/market-data/candle-columns.ts';
import type { ExchangeRow } from '../../services/market-data/catalogue.ts';
import type { MarketDataService } from '../../services/market-data/market-data-service.ts';
import { PageView } from '../connection.ts';
import { type RequestContext, viewerOf } from '../context.ts';
import { CandleCoverage, CandleFeed, candleFeedOf, coverageOf } from './coverage-types.ts';
import { CandleArgs } from './inputs.ts';
import { type Candle, CandleConnection, candleOf, Exchange, exchangeOf, Market } from './types.ts';

/** What hangs on a market: its exchange and its candles. */
@Resolver(() => Market)
export class MarketResolver {
  readonly #marketData: MarketDataService;

  constructor(marketData: MarketDataService) {
    this.#marketData = marketData;
  }

  @FieldResolver(() => Exchange, { description: 'Where it is traded.' })
  async exchange(@Root() { row }: Market, @Ctx() context: RequestContext): Promise<Exchange> {
    const exchange = await this.#exchangeRow(row.exchangeId, context);
    return exchangeOf(exchange, this.#marketData.connection(exchange.name));
  }

  @FieldResolver(() => CandleConnection, { description: 'Its closed candles, oldest first; at most 1,000 at a time.' })
  async candles(
    @Root() { row }: Market,
    @Args(() => CandleArgs) { timeframe, from, to, ...page }: CandleArgs,
    @Ctx() context: RequestContext,
  ): Promise<PageView<unknown, Candle>> {
    const { name } = await this.#exchangeRow(row.exchangeId, context);
    const key = { exchange: name, symbol: row.symbol, timeframe };
    const range: CandleRange = { ...(from && { from: from.getTime() }), ...(to && { to: to.getTime() }) };
    return new PageView(
      await this.#marketData.candles(key, range, page),
      (candle) => candleOf(candle, true),
      () => this.#marketData.countCandles(key, range),
    );
  }

  @FieldResolver(() => [CandleCoverage], {
    description: 'How much is stored of its candles, length by length, and what is missing.',
  })
  async coverage(@Root() { row }: Market, @Ctx() context: RequestContext): Promise<CandleCoverage[]> {
    const { name } = await this.#exchangeRow(row.exchangeId, context);
    return (await this.#marketData.coverage({ exchange: name, symbol: row.symbol })).map(coverageOf);
  }

  @FieldResolver(() => [CandleFeed], { description: 'Its live candles that somebody follows now, and how these streams are.' })
  async feeds(@Root() { row }: Market, @Ctx() context: RequestContext): Promise<CandleFeed[]> {
    const { name } = await this.#exchangeRow(row.exchangeId, context);
    return this.#marketData.feeds.list({ exchange: name, symbol: row.symbol }).map(candleFeedOf);
  }

  async #exchangeRow(id: string, context: RequestContext): Promise<ExchangeRow> {
    const loader = context.loaders.get('exchange of a market', () => {
      const viewer = viewerOf(context);
      return new DataLoader<string, ExchangeRow | undefined>(async (ids) => {
        const rows = await this.#marketData.exchangesById(viewer, ids);
        return ids.map((one) => rows.get(one));
      });
    });
    const row = await loader.load(id);
    if (!row) throw new DomainError('INTERNAL', `a market refers to the exchange ${id}, which is not there`);
    return row;
  }
}
