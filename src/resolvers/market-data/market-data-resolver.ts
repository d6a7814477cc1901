import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { DomainError } from '../../services/errors.ts';
import type { CsvProblem } from '../../services/market-data/csv/scan.ts';
import { type MarketDataService, mostRowsInRequest } from '../../services/market-data/market-data-service.ts';
import { PageArgs, PageView } from '../connection.ts';
import { type RequestContext, viewerOf } from '../context.ts';
import { mutation } from '../payload.ts';
import { ImportCandlesInput, marketCondition, MarketFilter } from './inputs.ts';
import { MarketRef, marketReferenceOf } from './market-ref.ts';
import { ImportCandlesPayload, importFieldsOf } from './payloads.ts';
import { Exchange, exchangeOf, Market, MarketConnection, marketOf } from './types.ts';

/** Exchanges and markets; bringing candles in. */
@Resolver()
export class MarketDataResolver {
  readonly #marketData: MarketDataService;

  constructor(marketData: MarketDataService) {
    this.#marketData = marketData;
  }

  @Query(() => [Exchange], { description: 'The exchanges that this server knows, by name.' })
  async exchanges(@Ctx() context: RequestContext): Promise<Exchange[]> {
    const rows = await this.#marketData.exchanges(viewerOf(context));
    return rows.map((row) => exchangeOf(row, this.#marketData.connection(row.name)));
  }

  @Query(() => MarketConnection, { description: 'Markets, by symbol.' })
  async markets(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => MarketFilter, { nullable: true, description: 'Which of them; all when left out.' })
    filter: MarketFilter | undefined,
    @Ctx() context: RequestContext,
  ): Promise<PageView<unknown, Market>> {
    const viewer = viewerOf(context);
    const where = marketCondition(filter);
    return new PageView(await this.#marketData.markets(viewer, where, page), marketOf, () =>
      this.#marketData.countMarkets(viewer, where),
    );
  }

  @Query(() => Market, { nullable: true, description: 'One market; null when there is no such market.' })
  async market(
    @Arg('ref', () => MarketRef, { description: 'Which one.' }) ref: MarketRef,
    @Ctx() context: RequestContext,
  ): Promise<Market | null> {
    viewerOf(context);
    const market = await this.#marketData.findMarket(marketReferenceOf(ref, ['ref']));
    return market ? marketOf(market) : null;
  }

  @Mutation(() => ImportCandlesPayload, {
    description: `Brings in candles from CSV text, at most ${mostRowsInRequest.toLocaleString('en-US')} rows: all of them, or none when a row is bad. The same text twice changes nothing.`,
  })
  async importCandles(
    @Arg('input', () => ImportCandlesInput, { description: 'What the mutation needs.' }) input: ImportCandlesInput,
    @Ctx() context: RequestContext,
  ): Promise<ImportCandlesPayload> {
    const { csv, exchange, symbol, timeframe } = input;
    let refused: DomainError | undefined;
    const payload = await mutation(ImportCandlesPayload, async () => {
      try {
        const report = await this.#marketData.importText(viewerOf(context), { exchange, symbol, timeframe }, csv);
        const market = await this.#marketData.findMarket({ id: report.marketId });
        return { ...importFieldsOf(report), market: market ? marketOf(market) : null };
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        refused = inInput(error);
        throw refused;
      }
    });
    if (isProblemList(refused?.details['problems'])) payload.badRows = refused.details['problems'];
    payload.badRowCount = Number(refused?.details['problemCount'] ?? 0);
    return payload;
  }
}

/** The same error, its path leading into the mutation's input. */
function inInput(error: DomainError): DomainError {
  return new DomainError(error.code, error.message, {
    path: ['input', ...(error.path ?? ['csv'])],
    details: error.details,
    cause: error,
  });
}

function isProblemList(value: unknown): value is readonly CsvProblem[] {
  return Array.isArray(value);
}
