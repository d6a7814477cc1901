import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import type { BacktestService } from '../../services/backtests/backtest-service.ts';
import { PageView } from '../connection.ts';
import { type RequestContext, viewerOf } from '../context.ts';
import { fromGlobalId } from '../ids.ts';
import { marketReferenceOf } from '../market-data/market-ref.ts';
import type { NodeLoader } from '../node.ts';
import { mutation } from '../payload.ts';
import {
  backtestCondition,
  BacktestListArgs,
  backtestSort,
  CancelBacktestInput,
  CreateBacktestInput,
  optionsOf,
} from './inputs.ts';
import { CancelBacktestPayload, CreateBacktestPayload } from './payloads.ts';
import { Backtest, BacktestConnection, backtestOf } from './types.ts';

const input = { description: 'What the mutation needs.' };

/** Backtests: asked for, looked at, canceled. */
@Resolver()
export class BacktestResolver {
  readonly #backtests: BacktestService;

  constructor(backtests: BacktestService) {
    this.#backtests = backtests;
  }

  @Query(() => Backtest, { nullable: true, description: 'A backtest of yours; null when there is none with this id.' })
  async backtest(
    @Arg('id', () => ID, { description: 'A bt_ id.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<Backtest | null> {
    const uuid = fromGlobalId('bt', id, ['id']);
    const view = (await this.#backtests.byIds(viewerOf(context), [uuid])).get(uuid);
    return view ? backtestOf(view) : null;
  }

  @Query(() => BacktestConnection, { description: 'Your backtests.' })
  async backtests(
    @Args(() => BacktestListArgs) { filter, orderBy, ...page }: BacktestListArgs,
    @Ctx() context: RequestContext,
  ): Promise<PageView<unknown, Backtest>> {
    const viewer = viewerOf(context);
    const where = backtestCondition(filter);
    const rows = await this.#backtests.page(viewer, page, { where, orderBy: backtestSort(orderBy) });
    return new PageView(rows, backtestOf, () => this.#backtests.count(viewer, where));
  }

  @Mutation(() => CreateBacktestPayload, {
    description:
      'Runs a strategy over past candles, in the background. What is wrong, and what the candles lack, is told at once.',
  })
  createBacktest(
    @Arg('input', () => CreateBacktestInput, input) backtest: CreateBacktestInput,
    @Ctx() context: RequestContext,
  ): Promise<CreateBacktestPayload> {
    return mutation(CreateBacktestPayload, async () => {
      const { timeframe, from, to, name, parameters, detailTimeframe } = backtest;
      const created = await this.#backtests.create(viewerOf(context), {
        strategyId: fromGlobalId('str', backtest.strategyId, ['input', 'strategyId']),
        market: backtest.market && marketReferenceOf(backtest.market, ['input', 'market']),
        markets: backtest.markets?.map((market, place) => marketReferenceOf(market, ['input', 'markets', String(place)])),
        maxOpenPositions: backtest.maxOpenPositions,
        timeframe,
        from,
        to,
        name,
        parameters,
        detailTimeframe,
        options: optionsOf(backtest),
      });
      return { backtest: backtestOf(created) };
    });
  }

  @Mutation(() => CancelBacktestPayload, { description: 'PENDING or RUNNING → CANCELED. It leaves no result.' })
  cancelBacktest(
    @Arg('input', () => CancelBacktestInput, input) { id }: CancelBacktestInput,
    @Ctx() context: RequestContext,
  ): Promise<CancelBacktestPayload> {
    return mutation(CancelBacktestPayload, async () => {
      const canceled = await this.#backtests.cancel(viewerOf(context), fromGlobalId('bt', id, ['input', 'id']));
      return { backtest: backtestOf(canceled) };
    });
  }
}

/** How backtests are refetched by id. */
export function backtestNodes(backtests: BacktestService): [['bt', NodeLoader]] {
  return [['bt', async (viewer, ids) => [...(await backtests.byIds(viewer, ids)).values()].map(backtestOf)]];
}
