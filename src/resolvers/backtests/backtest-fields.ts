import DataLoader from 'dataloader';
import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, Info, Int, Resolver, Root } from 'type-graphql';
import type { BacktestService } from '../../services/backtests/backtest-service.ts';
import type { EquityPoint as EquityValues } from '../../services/backtests/equity-curve.ts';
import type { BacktestTradeView } from '../../services/backtests/views.ts';
import type { Page, RowFilter } from '../../services/database/index.ts';
import type { Market as MarketEntity } from '../../entities/market/Market.ts';
import { DomainError } from '../../services/errors.ts';
import type { MarketDataService } from '../../services/market-data/market-data-service.ts';
import type { StrategyService, StrategyView } from '../../services/strategies/strategy-service.ts';
import { PageArgs, PageView } from '../connection.ts';
import { type RequestContext, viewerOf } from '../context.ts';
import { Market, marketOf } from '../market-data/types.ts';
import { DateTimeScalar } from '../scalars.ts';
import { Strategy, strategyOf } from '../strategies/types.ts';
import { DailyResult, EquityPoint } from './metrics.ts';
import { Backtest, type BacktestTrade, BacktestTradeConnection, backtestTradeOf } from './types.ts';

const mostDays = 1_000;
const noTrades: Page<BacktestTradeView> = { rows: [], hasNextPage: false, hasPreviousPage: false, cursorOf: () => '' };

/** What hangs on a backtest: its strategy, its market, and the long parts of its results. */
@Resolver(() => Backtest)
export class BacktestFieldsResolver {
  readonly #backtests: BacktestService;
  readonly #strategies: StrategyService;
  readonly #marketData: Pick<MarketDataService, 'markets'>;

  constructor(backtests: BacktestService, strategies: StrategyService, marketData: Pick<MarketDataService, 'markets'>) {
    this.#backtests = backtests;
    this.#strategies = strategies;
    this.#marketData = marketData;
  }

  @FieldResolver(() => Strategy, { description: 'Its strategy as it is now; as it was then is in `strategySnapshot`.' })
  async strategy(@Root() { view }: Backtest, @Ctx() context: RequestContext): Promise<Strategy> {
    const loader = context.loaders.get('strategy of a backtest', () => {
      return new DataLoader<string, StrategyView | undefined>(async (ids) => {
        const rows = await this.#strategies.byIds(viewerOf(context), ids);
        return ids.map((id) => rows.get(id));
      });
    });
    const strategy = await loader.load(view.strategyId);
    if (!strategy) throw new DomainError('INTERNAL', `backtest ${view.id} refers to a strategy that is not there`);
    return strategyOf(strategy, this.#strategies.parameterSchema(strategy));
  }

  @FieldResolver(() => Market, {
    nullable: true,
    description: 'Its market, the first of several; null when it is not known any more.',
  })
  async market(@Root() { view }: Backtest, @Ctx() context: RequestContext): Promise<Market | null> {
    const loader = context.loaders.get('market of a backtest', () => {
      return new DataLoader<string, Market | null>(
        async (keys) => {
          const wanted = keys.map((key) => JSON.parse(key) as [exchangeId: string, symbol: string]);
          const or = wanted.map(([exchangeId, symbol]): RowFilter<MarketEntity> => ({
            exchangeId: { eq: exchangeId },
            symbol: { eq: symbol },
          }));
          const { rows } = await this.#marketData.markets(viewerOf(context), { or }, { first: or.length });
          const found = new Map(rows.map((row) => [JSON.stringify([row.exchangeId, row.symbol]), marketOf(row)]));
          return keys.map((key) => found.get(key) ?? null);
        },
        { maxBatchSize: 100 },
      );
    });
    return loader.load(JSON.stringify([view.exchangeId, view.symbols[0]]));
  }

  @FieldResolver(() => [EquityPoint], {
    description:
      'Equity over time, every peak and trough in it; empty before the end. Level stretches have their two ends only: draw straight lines.',
  })
  async equityCurve(
    @Root() { view }: Backtest,
    @Arg('maxPoints', () => Int, { defaultValue: 500, description: 'Points at the most: 2 to 5,000.' }) maxPoints: number,
    @Ctx() context: RequestContext,
  ): Promise<readonly EquityPoint[]> {
    const loader = context.loaders.get(`equity curves of ${maxPoints}`, () => {
      return new DataLoader<string, readonly EquityValues[]>(async (ids) => {
        const curves = await this.#backtests.equityCurves(viewerOf(context), ids, maxPoints);
        return ids.map((id) => curves.get(id) ?? []);
      });
    });
    return loader.load(view.id);
  }

  @FieldResolver(() => [DailyResult], { description: `By UTC day, oldest first, at most ${mostDays}; empty before the end.` })
  dailyResults(
    @Root() { view }: Backtest,
    @Arg('from', () => DateTimeScalar, { nullable: true, description: 'Days that begin at or after this.' }) from?: Date,
    @Arg('to', () => DateTimeScalar, { nullable: true, description: 'Days that begin before this.' }) to?: Date,
  ): DailyResult[] {
    const [first, last] = [from?.getTime() ?? Number.NEGATIVE_INFINITY, to?.getTime() ?? Number.POSITIVE_INFINITY];
    return (view.dailyResults ?? [])
      .filter(({ start }) => start >= first && start < last)
      .slice(0, mostDays)
      .map(({ start, ...rest }) => ({ day: new Date(start).toISOString().slice(0, 10), ...rest }));
  }

  @FieldResolver(() => BacktestTradeConnection, {
    description: 'Its trades in order of exit, at most 1,000 at a time; empty before the end.',
  })
  async trades(
    @Root() { view }: Backtest,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() context: RequestContext,
    @Info() { fieldNodes: [field] }: GraphQLResolveInfo,
  ): Promise<PageView<unknown, BacktestTrade>> {
    // While it is being stored some of them are there.
    if (view.status !== 'COMPLETED') return new PageView(noTrades, backtestTradeOf, async () => ({ value: 0, exact: true }));
    // Within one operation a field of a document always has the same arguments.
    const loader = context.loaders.get(field, () => {
      return new DataLoader<string, Page<BacktestTradeView>>(async (ids) => {
        const pages = await this.#backtests.tradePages(viewerOf(context), ids, page);
        return ids.map((id) => pages.get(id) ?? new Error(`no page for ${id}`));
      });
    });
    return new PageView(await loader.load(view.id), backtestTradeOf, async () => ({
      value: view.metrics?.trades ?? 0,
      exact: true,
    }));
  }
}
